import {
  ConnectionError,
  type ErrorDetails,
  InDoubtError,
  isWaybillError,
  PayloadError,
  type WaybillError,
} from '@waybill/core';
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';

/** Codes with which a server refuses a request before any of it has happened. */
const refusals: ReadonlyMap<number, { readonly message: string; readonly fix?: string }> = new Map([
  [13, { message: 'this user may not do that in MongoDB', fix: 'grant the role readWrite on the database' }],
  [18, { message: 'MongoDB refuses the password', fix: 'correct username and password' }],
  [8000, { message: 'MongoDB refuses the password', fix: 'correct username and password' }],
  [10107, { message: 'this MongoDB is not the primary' }],
  [13435, { message: 'this MongoDB is not the primary' }],
  [13436, { message: 'this MongoDB is not the primary' }],
  [112, { message: 'another transaction was writing the same document' }],
]);

/** Codes of a document that no collection can hold. */
const tooLarge: ReadonlySet<number> = new Set([10334, 17419, 17420]);
const duplicateKey = 11000;

/** Errors of the driver from before a request has left this process. */
const unsent: ReadonlySet<string> = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoPoolClearedOnNetworkError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
]);

/**
 * What the driver throws, in Waybill's words. `changes`: the request writes, so that without an answer nobody knows
 * whether it happened. The driver repeats no write of ours by itself, so that its last word is its only one.
 */
export const translateError = (thrown: unknown, changes: boolean): WaybillError => {
  if (isWaybillError(thrown)) return thrown;
  const error = unwrap(thrown);
  const code = codeOf(error);
  const details: ErrorDetails = {
    cause: withoutCommand(error),
    facts: code === undefined ? {} : { mongodb: code },
  };
  if (isTooLarge(error)) return new PayloadError('a document is larger than MongoDB can hold', details);
  const refusal = code === undefined ? undefined : refusals.get(code);
  if (refusal !== undefined) {
    const { message, fix } = refusal;
    return new ConnectionError(message, fix === undefined ? details : { ...details, fix });
  }
  if (changes && !isUnsent(error)) return new InDoubtError('MongoDB did not confirm a request', details);
  return new ConnectionError(
    code === undefined ? 'the connection to MongoDB failed' : 'MongoDB refused a request',
    details,
  );
};

/** Whether the request surely never left this process. */
export const isUnsent = (error: unknown): boolean =>
  error instanceof MongoServerSelectionError ||
  error instanceof MongoParseError ||
  (error instanceof MongoError && unsent.has(error.name)) ||
  (error instanceof MongoNetworkError && 'beforeHandshake' in error && error.beforeHandshake === true);

export const isDuplicateKey = (error: unknown): boolean => codeOf(error) === duplicateKey;

/** The places, in the request, of the documents whose keys were taken; `undefined` where anything else went wrong too. */
export const duplicatesOf = (error: unknown): ReadonlySet<number> | undefined => {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined)
    return undefined;
  const errors = [error.writeErrors].flat();
  return errors.length > 0 && errors.every(({ code }) => code === duplicateKey)
    ? new Set(errors.map(({ index }) => index))
    : undefined;
};

/** In a bulk of which nothing was done, what hindered it. */
const unwrap = (error: unknown): unknown => {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const { insertedCount, matchedCount, deletedCount, upsertedCount } = error.result;
  const done = insertedCount + matchedCount + deletedCount + upsertedCount;
  const cause: unknown = error.errorResponse;
  return done === 0 && cause instanceof Error ? cause : error;
};

/** The driver has a text of its own for what a server says that knows no transactions, and puts that one inside. */
const codeOf = (error: unknown): number | undefined => {
  if (!(error instanceof MongoServerError)) return undefined;
  if (typeof error.code === 'number') return error.code;
  return codeOf(error.errorResponse['originalError']);
};

/** The driver itself looks at the size of a document, and the server at that of the command. */
const isTooLarge = (error: unknown): boolean =>
  tooLarge.has(codeOf(error) ?? 0) ||
  (error instanceof MongoError &&
    /larger than the maximum size|object to insert too large/i.test(error.message));

/** The driver puts documents onto some of its errors, and causes are printed. */
const withoutCommand = (error: unknown): unknown => {
  if (!(error instanceof MongoServerError)) return error;
  const { name, message, code, errorLabels } = error;
  return Object.assign(new Error(code === duplicateKey ? 'a key is taken' : message), {
    name,
    code,
    errorLabels,
  });
};
