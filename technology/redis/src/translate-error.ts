import {
  ConnectionError,
  type ErrorDetails,
  InDoubtError,
  isWaybillError,
  type WaybillError,
} from '@waybill/core';

/** The word with which Redis begins an error reply: `OOM`, `READONLY`. `undefined` for errors of another kind. */
export const replyCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^-?([A-Z][A-Z0-9]*)\b/.exec(error.message)?.[1] ?? 'ERR';
};

/** Replies that refuse a request before any of it has happened, and the one line that mends the cause. */
const refusals: ReadonlyMap<string, { readonly message: string; readonly fix?: string }> = new Map([
  ['WBLATE', { message: 'Redis got to the request too late, and left it' }],
  ['NOSCRIPT', { message: 'Redis has forgotten a script' }],
  ['LOADING', { message: 'Redis is still loading its data' }],
  ['BUSY', { message: 'Redis is busy with a script', fix: 'SCRIPT KILL' }],
  ['READONLY', { message: 'this Redis is a replica', fix: 'name the master, or use sentinels' }],
  ['MASTERDOWN', { message: 'this Redis is a replica that has lost its master' }],
  ['CLUSTERDOWN', { message: 'the Redis Cluster is down' }],
  ['TRYAGAIN', { message: 'the Redis Cluster is moving the slot' }],
  [
    'MOVED',
    {
      message: 'another node of the Redis Cluster has these keys',
      fix: 'name nodes of the cluster in `cluster`, instead of one in `url`',
    },
  ],
  ['WBMOVING', { message: 'the Redis Cluster is moving the slot' }],
  ['ASK', { message: 'the Redis Cluster is moving the slot' }],
  ['OOM', { message: 'Redis has reached its maxmemory', fix: 'raise maxmemory' }],
  ['MISCONF', { message: 'Redis cannot write to its disk', fix: 'free disk space on the Redis server' }],
  ['NOREPLICAS', { message: 'Redis has too few replicas to accept writes' }],
  ['NOAUTH', { message: 'Redis wants a password', fix: 'set password, or put it into the URL' }],
  ['WRONGPASS', { message: 'Redis refuses the password', fix: 'correct username and password' }],
  ['NOPERM', { message: 'this user may not do that in Redis', fix: 'grant it: ACL SETUSER' }],
]);

/** The words of ioredis for a command that it did not write to any socket. */
const unsentWords = /enableOfflineQueue options is false|Cluster is ended/;

/** Whether the request surely never left this process. */
export const isUnsent = (error: unknown): boolean =>
  error instanceof Error && unsentWords.test(error.message);

/**
 * What ioredis throws, in Waybill's words. `changes`: the request writes, so that without an answer nobody knows
 * whether it happened; all other requests have no outcome that could be in doubt.
 */
export const translateError = (error: unknown, changes: boolean): WaybillError => {
  if (isWaybillError(error)) return error;
  const code = replyCode(error);
  hideCommand(error);
  const details: ErrorDetails = { cause: error, facts: code === undefined ? {} : { redis: code } };
  const refusal = code === undefined ? undefined : refusals.get(code);
  if (refusal !== undefined) {
    const { message, fix } = refusal;
    return new ConnectionError(message, fix === undefined ? details : { ...details, fix });
  }
  if (changes && !isUnsent(error)) return new InDoubtError('Redis did not confirm a request', details);
  return new ConnectionError(
    code === undefined ? 'the connection to Redis failed' : 'Redis refused',
    details,
  );
};

/** ioredis puts the whole command, payload and all, onto its errors, and causes are printed. */
const hideCommand = (error: unknown): void => {
  if (error instanceof Error && 'command' in error) Object.assign(error, { command: undefined });
};
