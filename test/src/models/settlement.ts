import assert from 'node:assert/strict';
import { type Delivery, isWaybillError } from '@waybill/core';

export type Settling = 'commit' | 'retry' | 'retry later' | 'drop';

/** Late enough to be later than what follows at once. */
const laterMs = 5;

export const settle = (delivery: Delivery<unknown>, how: Settling): Promise<void> => {
  if (how === 'commit') return delivery.commit();
  return delivery.rollback(how === 'retry later' ? { to: 'retry', delayMs: laterMs } : { to: how });
};

/** The first settlement wins: the same again does nothing, the other one is refused. */
export const settleAgain = async (
  delivery: Delivery<unknown>,
  how: Settling,
  first: Settling,
): Promise<void> => {
  const refused = await settle(delivery, how).then(
    () => undefined,
    (error: unknown) => error,
  );
  const isSame = (how === 'commit') === (first === 'commit');
  if (isSame) assert.equal(refused, undefined, 'the same settlement again');
  else assert.ok(isWaybillError(refused) && refused.code === 'WB_ALREADY_SETTLED', 'the other settlement');
};
