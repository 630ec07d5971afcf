import assert from 'node:assert/strict';
import { isWaybillError, type WaybillError } from '@waybill/core';

/** Asserts that the call rejects with the error of this code. By code, as there may be two copies of core. */
export const refuses = async (
  code: WaybillError['code'],
  what: string,
  call: () => Promise<unknown>,
): Promise<void> => {
  let error: unknown;
  try {
    await call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error !== undefined, `${what} was not refused; expected ${code}`);
  if (!isWaybillError(error)) throw error;
  assert.equal(error.code, code, `${what}: ${error.message}`);
};
