import { describe, expect, it } from 'vitest';
import { copyrightIn, licenceOf } from './licence.ts';

const manifest = { name: 'a' };
const text = (content: string) => ({ file: 'LICENSE', text: content });

describe('the licence of a package', () => {
  it('is what its manifest declares as a valid SPDX expression', () => {
    const licence = licenceOf({ ...manifest, license: '(MIT OR Apache-2.0)' }, text('ISC License'));
    expect(licence).toEqual({ expression: '(MIT OR Apache-2.0)', source: 'declared' });
  });

  it('is corrected where the manifest means an SPDX licence in other words', () => {
    expect(licenceOf({ ...manifest, license: 'Apache 2' }, undefined)).toEqual({
      expression: 'Apache-2.0',
      source: 'corrected',
    });
  });

  it('is found in the objects and lists that npm took long ago', () => {
    expect(licenceOf({ ...manifest, license: { type: 'MIT' } }, undefined).expression).toBe('MIT');
    const licenses = [{ type: 'MIT' }, { type: 'ISC' }];
    expect(licenceOf({ ...manifest, licenses }, undefined).expression).toBe('(MIT OR ISC)');
    expect(licenceOf({ ...manifest, licenses: [] }, undefined).expression).toBe('NOASSERTION');
  });

  it('is read off the heading of the licence text where the manifest says nothing usable', () => {
    const mit = { expression: 'MIT', source: 'text' };
    expect(licenceOf(manifest, text('\nThe MIT License (MIT)\n\nCopyright …'))).toEqual(mit);
    expect(licenceOf({ ...manifest, license: 'SEE LICENSE IN LICENSE' }, text('MIT License'))).toEqual(mit);
    expect(licenceOf({ ...manifest, license: '' }, text('MIT License'))).toEqual(mit);
  });

  it('is unknown rather than guessed', () => {
    const unknown = { expression: 'NOASSERTION', source: 'none' };
    expect(licenceOf(manifest, undefined)).toEqual(unknown);
    expect(licenceOf(manifest, text('Copyright 2020 Acme. All rights reserved.'))).toEqual(unknown);
    expect(licenceOf({ ...manifest, license: 'ask us' }, undefined)).toEqual(unknown);
  });

  it('that npm calls UNLICENSED stays so', () => {
    expect(licenceOf({ ...manifest, license: 'UNLICENSED' }, text('MIT License'))).toEqual({
      expression: 'UNLICENSED',
      source: 'declared',
    });
  });
});

it('copyright lines are those that name a year, once each', () => {
  const lines =
    'MIT License\r\n\r\nCopyright (c) 2019 Ann\nCopyright (c) 2019 Ann\n© 2021 Bob\nthe above copyright notice 2';
  expect(copyrightIn(text(lines))).toEqual(['Copyright (c) 2019 Ann', '© 2021 Bob']);
});
