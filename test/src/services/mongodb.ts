import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startContainer } from './docker.ts';
import { findFerretdb, startOwnFerretdb } from './ferretdb.ts';
import { freePort } from './free-port.ts';
import { MissingService } from './missing-service.ts';
import { askMongo, textIn } from './mongo-wire.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService, Service } from './service.ts';

const urlVariable = 'WAYBILL_TEST_MONGODB_URL';
const image = 'mongo:8.0';
const program = 'mongod';

/**
 * The most faithful MongoDB that can be had: the one that the environment names, else a replica set of one node in a
 * container, else one of the `mongod` on the path, else FerretDB. Throws a `MissingService` if there is none of them.
 */
export const startService = async (): Promise<Service> => {
  const named = process.env[urlVariable];
  if (named !== undefined && named !== '')
    return { url: named, server: await serverAt(named), stop: async () => undefined };
  const container = await startContainer({ image, port: 27017, args: [program, ...replicaSet] });
  if (container === undefined) return startOwnMongodb();
  const at = { host: '127.0.0.1', port: container.port };
  for (let tries = 0; !(await isUp(at.port)) && tries < 500; tries++);
  await beginReplicaSet(at.port, 27017);
  const url = `mongodb://127.0.0.1:${at.port}/?directConnection=true`;
  return { url, server: await serverAt(url), stop: container.stop };
};

const replicaSet = ['--replSet', 'rs0', '--bind_ip_all'];

export interface OwnMongodbOptions {
  /** `standalone`: a server that has no transactions. Default `replica set`. FerretDB is what it is. */
  readonly as?: 'replica set' | 'standalone';
}

/** Processes of its own with a folder of its own. Throws a `MissingService` if neither server is installed. */
export const startOwnMongodb = async ({
  as = 'replica set',
}: OwnMongodbOptions = {}): Promise<OwnService> => {
  const { code } = await runCommand(program, ['--version'], { timeoutMs: 5_000 });
  if (code === 0) return startOwnMongod(as === 'replica set');
  const ferretdb = await findFerretdb();
  if (ferretdb !== undefined) return startOwnFerretdb(ferretdb, { isUp, serverAt });
  throw new MissingService('mongodb', [
    `${urlVariable} is not set`,
    'Docker does not answer',
    `${program} is not on the path`,
    'FerretDB is not installed (.ci/install-ferretdb)',
  ]);
};

const startOwnMongod = async (isReplicaSet: boolean): Promise<OwnService> => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-mongodb-'));
  const place = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1'];
  const args = [...place, ...(isReplicaSet ? ['--replSet', 'rs0'] : [])];
  const server = new OwnProcess({ program, args, isUp: () => isUp(port), startingMs: 60_000 });
  await server.start();
  if (isReplicaSet) await beginReplicaSet(port, port);
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  return {
    url,
    server: await serverAt(url),
    restart: async () => {
      await server.end('SIGTERM');
      await server.start();
      if (isReplicaSet) await primary(port);
    },
    kill: () => server.end('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop: async () => {
      await server.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const isUp = async (port: number): Promise<boolean> => {
  const answer = await askMongo({ host: '127.0.0.1', port }, { listDatabases: 1 }).catch(() => undefined);
  // A replica set that has not begun yet answers that it has no primary, and is up.
  return (
    answer !== undefined &&
    (answer.includes('databases') || answer.includes('NotYetInitialized') || answer.includes('NotPrimary'))
  );
};

/** `inside`: the port by which the server knows itself. */
const beginReplicaSet = async (port: number, inside: number): Promise<void> => {
  const members = { 0: { _id: 0, host: `127.0.0.1:${inside}` } };
  await askMongo({ host: '127.0.0.1', port }, { replSetInitiate: { _id: 'rs0', members } }, ['members']);
  await primary(port);
};

const primary = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    const hello = await askMongo({ host: '127.0.0.1', port }, { hello: 1 });
    if (hello.includes(Buffer.from('\x08isWritablePrimary\0\x01', 'latin1'))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the replica set finds no primary');
};

/** What it calls itself; tells nothing for a URL that names several hosts, TLS or a password. */
const serverAt = async (url: string): Promise<string> => {
  const plain = /^mongodb:\/\/([^/@,:]+)(?::(\d+))?(?:[/?]|$)/.exec(url);
  if (plain === null || /[?&](tls|ssl)=true/.test(url)) return 'MongoDB at the given URL';
  const at = { host: plain[1] ?? '127.0.0.1', port: Number(plain[2] ?? 27017) };
  const build = await askMongo(at, { buildInfo: 1 });
  const hello = await askMongo(at, { hello: 1 });
  if (build.includes('ferretdb')) {
    const ferret = textIn(build.subarray(build.indexOf('ferretdb\0')), 'version') ?? 'of an unknown version';
    const status = await askMongo(at, { serverStatus: 1 });
    const behind = textIn(status, 'documentdb')?.split(' ')[0];
    return `FerretDB ${ferret.replace(/^v/, '')}${behind === undefined ? '' : ` with DocumentDB ${behind}`}`;
  }
  const set = textIn(hello, 'setName');
  const version = textIn(build, 'version') ?? 'of an unknown version';
  return `MongoDB ${version}, ${set === undefined ? 'standalone' : `replica set ${set}`}`;
};
