import { access, chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService } from './service.ts';

/** Where `.ci/install-ferretdb` has put it, and PostgreSQL with the DocumentDB extension in a tree of its own. */
export interface FerretdbPlace {
  readonly program: string;
  readonly tree: string;
}

/** `undefined`: it is not installed for this user, or this user is not root and cannot enter the tree. */
export const findFerretdb = async (): Promise<FerretdbPlace | undefined> => {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'waybill', 'ferretdb');
  const place = { program: join(folder, 'ferretdb'), tree: join(folder, 'tree') };
  const parts = [place.program, join(place.tree, 'template')];
  const there = await Promise.all(
    parts.map((part) =>
      access(part).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.every(Boolean) && process.getuid?.() === 0 ? place : undefined;
};

interface Questions {
  isUp(port: number): Promise<boolean>;
  serverAt(url: string): Promise<string>;
}

/** `nobody` in the tree. */
const owner = 65_534;

/** Two processes: PostgreSQL on a copy of the template, and FerretDB in front of it. */
export const startOwnFerretdb = async (
  { program, tree }: FerretdbPlace,
  { isUp, serverAt }: Questions,
): Promise<OwnService> => {
  const data = await mkdtemp(join(tree, 'data', 'run-'));
  const state = await mkdtemp(join(tmpdir(), 'waybill-ferretdb-'));
  // Copies of small files, which the tool of the system does best.
  await runCommand('cp', ['-a', `${join(tree, 'template')}/.`, data]);
  await chown(data, owner, owner);
  const [behind, port] = [await freePort(), await freePort()];
  const postgres = new OwnProcess({
    program: 'chroot',
    args: [
      `--userspec=${owner}:${owner}`,
      tree,
      '/postgresql/postgres',
      ...['-D', `/data/${basename(data)}`, '-c', `port=${behind}`],
    ],
    isUp: () => listens(behind),
    startingMs: 30_000,
  });
  const server = new OwnProcess({
    program,
    args: [
      `--postgresql-url=postgres://postgres@127.0.0.1:${behind}/postgres`,
      `--listen-addr=127.0.0.1:${port}`,
      ...['--no-auth', '--telemetry=disable', '--debug-addr=-', '--log-level=ERROR', `--state-dir=${state}`],
    ],
    isUp: () => isUp(port),
    startingMs: 30_000,
  });
  await postgres.start();
  await server.start();
  const url = `mongodb://127.0.0.1:${port}`;
  return {
    url,
    server: await serverAt(url),
    restart: async () => {
      await server.end('SIGTERM');
      await postgres.end('SIGTERM');
      await startAgain(postgres);
      await server.start();
    },
    kill: async () => {
      await server.end('SIGKILL');
      await postgres.end('SIGKILL');
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop: async () => {
      await server.end('SIGKILL');
      await postgres.end('SIGTERM');
      // Had it to be killed, its children take a moment to notice, and write until then.
      await rm(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      await rm(state, { recursive: true, force: true });
    },
  };
};

/** After a SIGKILL its children take a moment to notice, and hold the memory that they share. */
const startAgain = async (postgres: OwnProcess): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      return await postgres.start();
    } catch (error) {
      if (tries === 20) throw error;
      await pause(250);
    }
  }
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
