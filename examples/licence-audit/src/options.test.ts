import { expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

it('paths begin where npm was called', () => {
  const options = parseOptions(
    ['--demo', '--out', 'sbom.json', '../shop/package-lock.json'],
    '/home/ann/audit',
  );
  expect(options).toMatchObject({
    lockFile: '/home/ann/shop/package-lock.json',
    sbom: '/home/ann/audit/sbom.json',
    demo: true,
    strict: false,
  });
  expect(options.config).toMatch(/licence-audit\/waybill\.config\.ts$/);
});

it('--no-demo wins over the --demo that npm start has put before it', () => {
  expect(parseOptions(['--demo', '--no-demo'], '/').demo).toBe(false);
});

it('an unknown option and a second lock file are refused', () => {
  expect(() => parseOptions(['--deom'], '/')).toThrow(UsageError);
  expect(() => parseOptions(['a.json', 'b.json'], '/')).toThrow(UsageError);
});
