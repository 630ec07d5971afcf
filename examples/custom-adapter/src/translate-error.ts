import { ConnectionError, isWaybillError, type WaybillError } from '@waybill/core';

/** Whatever the file system refuses has not happened, and may work later: for a broker that is a lost connection. */
export const translateError = (error: unknown): WaybillError => {
  if (isWaybillError(error)) return error;
  return new ConnectionError('the folder of the broker cannot be used', {
    cause: error,
    ...(error instanceof Error && 'code' in error ? { facts: { code: String(error.code) } } : {}),
  });
};
