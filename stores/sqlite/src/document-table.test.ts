import { expect, test } from 'vitest';
import { encodeDocument } from './encode-document.ts';
import { readTable } from './read-table.ts';
import { key, things, useFile } from './things.fixture.ts';

const { open, openFile } = useFile();

test('many new documents are remembered with the rows that they got, until one is forgotten', async () => {
  await open({ name: things, apart: ['n'] });
  const file = await openFile();
  const table = readTable(file, things);
  const keys = Array.from({ length: 47 }, (_, n) => key(`${n}`));
  const documents = keys.map((each, n) => encodeDocument(table, each, 100 + n, { n: n % 9, text: 'same' }));
  expect(await file.write(() => table.insertAll(documents, true))).toBe(true);

  const stillThere = keys.filter((each) => {
    const recent = table.recent.get(each);
    return recent !== undefined && table.isStill(recent);
  });
  expect(stillThere).toEqual(keys);

  for (const each of keys.slice(1)) table.recent.forget(each);
  expect(keys.map((each) => table.recent.get(each)?.version)).toEqual([
    100,
    ...keys.slice(1).map(() => undefined),
  ]);
});
