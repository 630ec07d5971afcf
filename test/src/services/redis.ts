import { startContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { ask, durable, isUpAt, redisUrlVariable, startRedisProcess } from './redis-process.ts';
import type { OwnService, Service } from './service.ts';

const image = 'redis:7.4-alpine';

/**
 * A Redis: the one that the environment names, else a container, else a process of its own. Throws a
 * `MissingService` if there is none of them.
 */
export const startService = async (): Promise<Service> => {
  const named = process.env[redisUrlVariable];
  if (named !== undefined && named !== '')
    return { url: named, server: await serverAt(named), stop: async () => undefined };
  const container = await startContainer({ image, port: 6379, args: ['redis-server', ...durable] });
  if (container !== undefined) {
    const url = `redis://127.0.0.1:${container.port}`;
    for (let tries = 0; !(await isUpAt(container.port)) && tries < 500; tries++);
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
  const at = port ?? (await freePort());
  const server = await startRedisProcess({
    prepare: async () => ['--port', String(at), ...durable, ...args],
    isUp: () => isUpAt(at),
  });
  const url = `redis://127.0.0.1:${at}`;
  return { ...server, url, server: await serverAt(url) };
};

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
