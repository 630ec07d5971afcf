import assert from 'node:assert/strict';
import { it } from 'vitest';
import { brokerCases } from './broker-cases/broker-cases.ts';
import { channelCases } from './channel-cases/channel-cases.ts';
import { storeCases } from './store-cases/store-cases.ts';

const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n + 1).padStart(3, '0')}`);

// A case may be added at the end. None may take the id of another, nor go.
it('ids are permanent: none is missing and none is used twice', () => {
  assert.deepEqual(storeCases.map(({ id }) => id).toSorted(), ids('STORE', 118));
  assert.deepEqual(brokerCases.map(({ id }) => id).toSorted(), ids('BROKER', 54));
  assert.deepEqual(channelCases.map(({ id }) => id).toSorted(), ids('CHANNEL', 56));
});

it('each promise is a sentence of its own', () => {
  const promises = [...storeCases, ...brokerCases, ...channelCases].map(
    ({ id, promise }) => `${id.split('-')[0]} ${promise}`,
  );
  assert.equal(new Set(promises).size, promises.length);
});
