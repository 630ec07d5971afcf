import {
  ConnectionError,
  type ErrorDetails,
  InDoubtError,
  isWaybillError,
  PayloadError,
  type WaybillError,
} from '@waybill/core';

/** The primary result codes that we act on: https://www.sqlite.org/rescode.html */
export const resultCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  tooBig: 18,
  notADatabase: 26,
};

/** The primary result code, if the error is SQLite's. Node reports the extended one, whose low byte it is. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;

export const isBusy = (error: unknown): boolean => {
  const code = sqliteCode(error);
  return code === resultCode.busy || code === resultCode.locked;
};

/**
 * What SQLite or Node's binding to it throws, in Waybill's words. `committing`: COMMIT itself failed; after an I/O
 * error there the transaction may be in the write-ahead log all the same, and come back after a crash.
 */
export const translateError = (error: unknown, committing = false): WaybillError => {
  if (isWaybillError(error)) return error;
  const code = sqliteCode(error);
  const details: ErrorDetails = { cause: error, facts: code === undefined ? {} : { sqlite: code } };
  switch (code) {
    case resultCode.busy:
    case resultCode.locked:
      return new ConnectionError('the SQLite file stayed locked by another process', details);
    case resultCode.full:
      return new ConnectionError('the disk of the SQLite file is full', {
        ...details,
        fix: 'free disk space',
      });
    case resultCode.readOnly:
    case resultCode.cantOpen:
      return new ConnectionError('the SQLite file cannot be written', {
        ...details,
        fix: 'let the user of this process read and write the file and its directory',
      });
    case resultCode.corrupt:
    case resultCode.notADatabase: {
      const fix = 'stop all processes that use it and restore it from a backup';
      return new ConnectionError('the SQLite file is damaged', { ...details, fix });
    }
    case resultCode.tooBig:
      return new PayloadError('a value is larger than SQLite can store', details);
    case resultCode.ioError:
      if (committing) return new InDoubtError('SQLite could not finish a commit', details);
      return new ConnectionError('reading or writing the SQLite file failed', {
        ...details,
        fix: 'see whether its disk is full or failing',
      });
    default:
      return new ConnectionError('SQLite failed', details);
  }
};
