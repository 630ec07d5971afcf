import { expect, it } from 'vitest';
import { licenceTable } from './licence-table.ts';

it('the table counts packages by licence, the most used first', () => {
  const packages = ['ISC', 'MIT', 'Apache-2.0', 'MIT'].map((licence) => ({ licence }));
  expect(licenceTable(packages)).toEqual([
    'licence     packages',
    '----------  --------',
    'MIT                2',
    'Apache-2.0         1',
    'ISC                1',
    'total              4',
  ]);
});
