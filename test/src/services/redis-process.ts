import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MissingService } from './missing-service.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService } from './service.ts';

export const redisUrlVariable = 'WAYBILL_TEST_REDIS_URL';
const program = 'redis-server';

/** No snapshots, which nothing here needs; every write is on disk before it is answered. */
export const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

export interface RedisProcessOptions {
  /** What is to stand in the folder first, and the arguments, with `--port` or what takes its place. */
  prepare(folder: string): Promise<readonly string[]>;
  isUp(): Promise<boolean>;
}

/** `redis-server` in a folder of its own. Throws a `MissingService` if it is not installed. */
export const startRedisProcess = async ({
  prepare,
  isUp,
}: RedisProcessOptions): Promise<Omit<OwnService, 'url' | 'server'>> => {
  const { code } = await runCommand(program, ['--version'], { timeoutMs: 5_000 });
  if (code !== 0) {
    throw new MissingService('redis', [
      `${redisUrlVariable} is not set`,
      'Docker does not answer',
      `${program} is not installed (apt-get install redis-server)`,
    ]);
  }
  const folder = await mkdtemp(join(tmpdir(), 'waybill-redis-'));
  const args = [...(await prepare(folder)), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'];
  const server = new OwnProcess({ program, args, isUp });
  const stop = async (): Promise<void> => {
    await server.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    restart: async () => {
      await server.end('SIGTERM');
      await server.start();
    },
    kill: () => server.end('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop,
  };
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
    socket.end(); // sentinels know no QUIT
  });

const encode = (command: readonly string[]): string =>
  `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;

export const isUpAt = async (port: number): Promise<boolean> =>
  (await ask({ host: '127.0.0.1', port }, ['PING']).catch(() => '')).startsWith('+PONG');
