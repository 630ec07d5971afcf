import { ConfigError, type Finding, type Inspection, type StoreCapabilities } from '@waybill/core';
import type { Document } from 'mongodb';
import { MongoConnection } from './mongo-connection.ts';
import type { MongodbStoreOptions } from './options.ts';
import { hasTransactions } from './probe.ts';

export interface ServerInspection extends Inspection {
  readonly atomicity: StoreCapabilities['atomicity'];
  /** What a write that was answered survives. */
  readonly durability: 'process' | 'disk';
}

/** Asks a server that is connected already, and tries its transactions. */
export const inspectServer = async (
  mongo: MongoConnection,
  { atomicity: wanted }: Pick<MongodbStoreOptions, 'atomicity'>,
): Promise<ServerInspection> => {
  const ask = (command: Document): Promise<Document> =>
    mongo.run({ changes: false }, () => mongo.client.db('admin').command(command));
  const [hello, build] = await Promise.all([ask({ hello: 1 }), ask({ buildInfo: 1 })]);
  const before = [findSecondary(hello), findOld(build), findMemory(await storageOf(ask))];
  const refused = before.some((finding) => finding?.level === 'refuse');
  const able = !refused && wanted !== 'journaled' && (await hasTransactions(mongo));
  const atomicity = able ? 'native' : 'journaled';
  const findings = [...before, findNoTransactions(wanted, refused || able)];
  return {
    server: `${nameOf(build)}, ${topologyOf(hello)}, ${atomicity}`,
    atomicity,
    durability: isMongoDb(build) ? 'disk' : 'process',
    findings: findings.filter((finding) => finding !== undefined),
  };
};

/** For `Adapter.inspect`. */
export const inspectOptions = async (options: MongodbStoreOptions): Promise<Inspection> => {
  const mongo = await MongoConnection.open(options);
  try {
    const { server, findings } = await inspectServer(mongo, options);
    return { server, findings };
  } finally {
    await mongo.close();
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

/** Those that only speak like a MongoDB say so here. */
const isMongoDb = (build: Document): boolean =>
  build['ferretdb'] === undefined && build['gitVersion'] !== 'unknown';

const nameOf = (build: Document): string => {
  const ferret: unknown = build['ferretdb']?.version;
  if (typeof ferret === 'string') return `FerretDB ${ferret.replace(/^v/, '')}`;
  const version = String(build['version'] ?? 'of an unknown version');
  return isMongoDb(build) ? `MongoDB ${version}` : `a server like MongoDB ${version}`;
};

const topologyOf = (hello: Document): string => {
  if (hello['msg'] === 'isdbgrid') return 'sharded cluster';
  return hello['setName'] === undefined ? 'standalone' : `replica set ${String(hello['setName'])}`;
};

/** Not every user may ask for it, and only MongoDB answers. */
const storageOf = async (ask: (command: Document) => Promise<Document>): Promise<Document> => {
  try {
    const status = await ask({ serverStatus: 1, repl: 0, metrics: 0, locks: 0 });
    return status['storageEngine'] ?? {};
  } catch (error) {
    if (error instanceof Error && 'facts' in error && Object(error.facts).mongodb !== undefined) return {};
    throw error;
  }
};

const findSecondary = (hello: Document): Finding | undefined =>
  hello['isWritablePrimary'] === true
    ? undefined
    : {
        level: 'refuse',
        code: 'mongodb.secondary',
        message: 'this server is no primary and takes no writes',
        fix: 'name the replica set in url: ?replicaSet=<name>, without directConnection',
      };

const findOld = (build: Document): Finding | undefined => {
  const [major = 0] = String(build['version'] ?? '')
    .split('.')
    .map(Number);
  if (major >= 5) return undefined;
  return {
    level: 'refuse',
    code: 'mongodb.version',
    message: 'the server is older than MongoDB 5.0, whose reads cannot be of one instant',
    fix: 'upgrade the server to MongoDB 7.0 or later',
  };
};

const findMemory = (storage: Document): Finding | undefined =>
  storage['persistent'] === false
    ? {
        level: 'refuse',
        code: 'mongodb.memory',
        message: `the storage engine ${String(storage['name'])} keeps nothing on disk`,
        fix: 'start the server with --storageEngine wiredTiger',
      }
    : undefined;

const findNoTransactions = (
  wanted: MongodbStoreOptions['atomicity'],
  isFine: boolean,
): Finding | undefined => {
  if (isFine || wanted === 'journaled') return undefined;
  return {
    level: wanted === 'native' ? 'refuse' : 'warn',
    code: 'mongodb.journaled',
    message:
      'the server has no transactions over several documents: a journal beside them makes commits whole',
    fix:
      wanted === 'native'
        ? "leave out atomicity: 'native', or use a replica set"
        : "use a replica set, which is faster, or say atomicity: 'journaled' if it is meant so",
  };
};
