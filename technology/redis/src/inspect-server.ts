import { ConfigError, type Finding, type Inspection } from '@waybill/core';
import type { ConnectionOptions } from './options.ts';
import { RedisConnection } from './redis-connection.ts';
import type { Reply } from './redis-link.ts';

/** What an adapter keeps in Redis, and so what a server that forgets would cost. */
export type Keeps = 'documents' | 'messages' | 'tickets';

/** Facts of one server: the lines `name:value` of INFO. */
type Info = ReadonlyMap<string, string>;

export interface ServerInspection extends Inspection {
  /** What a write that was answered survives. */
  readonly durability: 'process' | 'disk';
}

/** Asks a server that is connected already. */
export const inspectServer = async (redis: RedisConnection, keeps: Keeps): Promise<ServerInspection> => {
  const info = parseInfo(await redis.call('INFO', [], { changes: false }));
  const fsync = info.get('aof_enabled') === '1' ? await appendFsync(redis) : undefined;
  const findings = [
    findCluster(info, redis),
    findReplica(info),
    findEviction(info, keeps),
    findForgetful(fsync, keeps),
    findFailover(info, keeps),
    findOld(info),
  ];
  return {
    server: nameOf(info),
    durability: fsync === 'always' ? 'disk' : 'process',
    findings: findings.filter((finding) => finding !== undefined),
  };
};

/** For `Adapter.inspect`. */
export const inspectOptions = async (options: ConnectionOptions, keeps: Keeps): Promise<Inspection> => {
  const redis = await RedisConnection.open(options);
  try {
    const { server, findings } = await inspectServer(redis, keeps);
    return { server, findings };
  } finally {
    await redis.close();
  }
};

/** Throws a `ConfigError` where `doctor` would say `refuse`. */
export const refuseUnsafe = ({ server, findings }: Inspection): void => {
  const finding = findings.find(({ level }) => level === 'refuse');
  if (finding === undefined) return;
  throw new ConfigError(`${server}: ${finding.message}`, {
    facts: { finding: finding.code },
    fix: finding.fix,
  });
};

export const parseInfo = (reply: Reply): Info => {
  const lines = String(reply).split('\r\n');
  return new Map(
    lines
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const)
      .filter(([name]) => name !== ''),
  );
};

const nameOf = (info: Info): string =>
  info.has('valkey_version')
    ? `Valkey ${info.get('valkey_version')}`
    : `Redis ${info.get('redis_version') ?? 'of an unknown version'}`;

/** Not every user may ask for it; `everysec` is what Redis does by itself. */
const appendFsync = async (redis: RedisConnection): Promise<string> => {
  try {
    const reply = await redis.call('CONFIG', ['GET', 'appendfsync'], { changes: false });
    return Array.isArray(reply) ? String(reply[1]) : 'everysec';
  } catch (error) {
    if (isForbidden(error)) return 'everysec';
    throw error;
  }
};

const isForbidden = (error: unknown): boolean =>
  error instanceof Error && 'facts' in error && ['NOPERM', 'ERR'].includes(String(Object(error.facts).redis));

const findCluster = (info: Info, redis: RedisConnection): Finding | undefined =>
  info.get('cluster_enabled') === '1' && !redis.isCluster
    ? {
        level: 'refuse',
        code: 'redis.cluster',
        message: 'this server is one node of a Redis Cluster, and has these keys only until they are moved',
        fix: 'name nodes of the cluster in `cluster`, instead of one in `url`',
      }
    : undefined;

const findReplica = (info: Info): Finding | undefined =>
  info.get('role') === 'slave'
    ? {
        level: 'refuse',
        code: 'redis.replica',
        message: 'this server is a replica and takes no writes',
        fix: 'name the master in `url`, or set `sentinels` and `master`',
      }
    : undefined;

const findEviction = (info: Info, keeps: Keeps): Finding | undefined => {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined || policy === 'noeviction') return undefined;
  return {
    level: keeps === 'documents' ? 'refuse' : 'warn',
    code: 'redis.eviction',
    message: `maxmemory-policy is ${policy}: when memory is short, the server drops ${keeps}`,
    fix: 'CONFIG SET maxmemory-policy noeviction',
  };
};

const findForgetful = (fsync: string | undefined, keeps: Keeps): Finding | undefined => {
  if (keeps === 'tickets' || fsync === 'always') return undefined;
  if (fsync === undefined) {
    return {
      level: 'warn',
      code: 'redis.no-aof',
      message: 'there is no append-only file: a crash of the server loses what no snapshot has',
      fix: 'CONFIG SET appendonly yes',
    };
  }
  if (keeps === 'messages') return undefined;
  return {
    level: 'warn',
    code: 'redis.appendfsync',
    message: `appendfsync is ${fsync}: a crash of the machine loses about the last second of commits`,
    fix: 'CONFIG SET appendfsync always',
  };
};

/** INFO counts the good replicas only where there is a least number of them. */
const findFailover = (info: Info, keeps: Keeps): Finding | undefined =>
  keeps === 'documents' && Number(info.get('connected_slaves')) > 0 && !info.has('min_slaves_good_slaves')
    ? {
        level: 'warn',
        code: 'redis.failover',
        message: 'a replica that takes over may lack commits that were answered, of any length of time',
        fix: 'CONFIG SET min-replicas-to-write 1',
      }
    : undefined;

const findOld = (info: Info): Finding | undefined => {
  const [major = 0, minor = 0] = (info.get('redis_version') ?? '').split('.').map(Number);
  if (info.has('valkey_version') || major > 6 || (major === 6 && minor >= 2)) return undefined;
  return {
    level: 'refuse',
    code: 'redis.version',
    message: 'the server is older than Redis 6.2',
    fix: 'upgrade the server to Redis 7 or later',
  };
};
