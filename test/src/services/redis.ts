import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { MissingService } from './missing-service.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService, Service } from './service.ts';

const urlVariable = 'WAYBILL_TEST_REDIS_URL';
const image = 'redis:7.4-alpine';
const program = 'redis-server';
/** No snapshots, which nothing here needs; every write is on disk before it is answered. */
const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/**
 * A Redis: the one that the environment names, else a container, else a process of its own. Throws a
 * `MissingService` if there is none of them.
 */
export const startService = async (): Promise<Service> => {
  const named = process.env[urlVariable];
  if (named !== undefined && named !== '')
    return { url: named, server: await serverAt(named), stop: async () => undefined };
  const container = await startContainer({ image, port: 6379, args: [program, ...durable] });
  if (container !== undefined) {
    const url = `redis://127.0.0.1:${container.port}`;
    for (let tries = 0; !(await isUp(container.port)) && tries < 500; tries++);
    return { url, server: await serverAt(url), stop: container.stop };
  }
  return startOwnRedis();
};

export interface OwnRedisOptions {
  /** Arguments of `redis-server` in addition, or instead of the durable ones: `['--appendonly', 'no']`. */
  readonly args?: readonly string[];
  readonly port?: number;
}

/** A process of its own with a folder of its own. Throws a `MissingService` if `redis-server` is not installed. */
export const startOwnRedis = async ({ args = [], port }: OwnRedisOptions = {}): Promise<OwnService> => {
  const { code } = await runCommand(program, ['--version'], { timeoutMs: 5_000 });
  if (code !== 0) {
    throw new MissingService('redis', [
      `${urlVariable} is not set`,
      'Docker does not answer',
      `${program} is not installed (apt-get install redis-server)`,
    ]);
  }
  const at = port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'waybill-redis-'));
  const loopback = ['--bind', '127.0.0.1', '--port', String(at), '--dir', folder, '--daemonize', 'no'];
  const server = new OwnProcess({ program, args: [...loopback, ...durable, ...args], isUp: () => isUp(at) });
  await server.start();
  const url = `redis://127.0.0.1:${at}`;
  return {
    url,
    server: await serverAt(url),
    restart: async () => {
      await server.end('SIGTERM');
      await server.start();
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

const isUp = async (port: number): Promise<boolean> =>
  (await ask({ host: '127.0.0.1', port }, ['PING']).catch(() => '')).startsWith('+PONG');

const serverAt = async (url: string): Promise<string> => {
  const { hostname, port, username, password, protocol } = new URL(url);
  if (protocol === 'rediss:') return 'Redis over TLS';
  const login = [username, password].filter((part) => part !== '').map(decodeURIComponent);
  const info = await ask(
    { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port === '' ? 6379 : port) },
    ...(login.length > 0 ? [['AUTH', ...login]] : []),
    ['INFO', 'server'],
  );
  const value = (name: string): string | undefined => new RegExp(`^${name}:(.*)\r$`, 'm').exec(info)?.[1];
  const valkey = value('valkey_version');
  return valkey === undefined
    ? `Redis ${value('redis_version') ?? 'of an unknown version'}`
    : `Valkey ${valkey}`;
};

/** Sends commands and answers everything that comes back: the kit depends on no client. */
export const ask = (
  address: { readonly host: string; readonly port: number },
  ...commands: readonly (readonly string[])[]
): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(address);
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.on('data', (data: Buffer) => (answer += data.toString()));
    socket.once('close', () => resolve(answer));
    for (const command of [...commands, ['QUIT']]) socket.write(encode(command));
  });

const encode = (command: readonly string[]): string =>
  `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
