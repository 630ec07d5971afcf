import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { MissingService } from './missing-service.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService, Service } from './service.ts';

const urlVariable = 'WAYBILL_TEST_RABBITMQ_URL';
const image = 'rabbitmq:4.1-alpine';
const startingMs = 90_000;

/**
 * A RabbitMQ: the one that the environment names, else a container, else a process of its own. Throws a
 * `MissingService` if there is none of them.
 */
export const startService = async (): Promise<Service> => {
  const named = process.env[urlVariable];
  if (named !== undefined && named !== '')
    return { url: named, server: await serverAt(named), stop: async () => undefined };
  const container = await startContainer({ image, port: 5672 });
  if (container !== undefined) {
    const url = `amqp://127.0.0.1:${container.port}`;
    for (const end = performance.now() + startingMs; !(await isUp(container.port)); )
      if (performance.now() > end) throw new Error(`${image} does not come up`);
    return { url, server: await serverAt(url), stop: container.stop };
  }
  return startOwnRabbit();
};

export interface OwnRabbitOptions {
  /** Lines of `rabbitmq.conf` in addition: `['consumer_timeout = 1000']`. */
  readonly config?: readonly string[];
  /** Arguments of the Erlang machine in addition: `['-rabbit', 'channel_tick_interval', '200']`. */
  readonly args?: readonly string[];
}

export interface OwnRabbit extends OwnService {
  /** Runs `rabbitmqctl`; throws what it said if it fails. */
  control(...args: readonly string[]): Promise<string>;
}

/** Nothing here needs a large log; and a small machine is not an alarm. */
const modest = [
  'loopback_users = none',
  'disk_free_limit.absolute = 1MB',
  'raft.wal_max_size_bytes = 67108864',
  'log.console = false',
  'log.file.level = error',
];

/** Starts no epmd, which would stay behind; does not spin on processors that others need. */
const calm = ['-start_epmd false', '+sbwt none', '+sbwtdcpu none', '+sbwtdio none'];

/** A node of its own with folder, name, cookie and epmd of its own. Throws a `MissingService` if it is not installed. */
export const startOwnRabbit = async ({
  config = [],
  args = [],
}: OwnRabbitOptions = {}): Promise<OwnRabbit> => {
  const programs = await findPrograms();
  const [port, distributionPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'waybill-rabbitmq-'));
  await writeFile(join(folder, 'rabbitmq.conf'), `${[...modest, ...config].join('\n')}\n`);
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  const environment = [
    `HOME=${folder}`,
    `ERL_EPMD_PORT=${epmdPort}`,
    'ERL_EPMD_ADDRESS=127.0.0.1',
    `RABBITMQ_NODENAME=waybill${port}@localhost`,
    'RABBITMQ_NODE_IP_ADDRESS=127.0.0.1',
    `RABBITMQ_NODE_PORT=${port}`,
    `RABBITMQ_DIST_PORT=${distributionPort}`,
    `RABBITMQ_MNESIA_BASE=${join(folder, 'data')}`,
    `RABBITMQ_LOG_BASE=${join(folder, 'log')}`,
    `RABBITMQ_PID_FILE=${join(folder, 'pid')}`,
    `RABBITMQ_CONFIG_FILE=${join(folder, 'rabbitmq.conf')}`,
    `RABBITMQ_CONF_ENV_FILE=${join(folder, 'none')}`,
    `RABBITMQ_ENABLED_PLUGINS_FILE=${join(folder, 'enabled_plugins')}`,
    `RABBITMQ_FEATURE_FLAGS_FILE=${join(folder, 'feature_flags')}`,
    'ERL_CRASH_DUMP=/dev/null',
    `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${[...calm, ...args].join(' ')}`,
    // So that the script becomes the server instead of its parent, and the pid is the server's.
    'RUNNING_UNDER_SYSTEMD=true',
  ];
  const names = new OwnProcess({
    program: programs.epmd,
    args: ['-port', String(epmdPort), '-address', '127.0.0.1'],
    isUp: () => accepts(epmdPort),
  });
  const server = new OwnProcess({
    program: 'env',
    args: [...environment, programs.server],
    isUp: () => isUp(port),
    startingMs,
  });
  const url = `amqp://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await server.end('SIGKILL');
    await names.end('SIGKILL');
    // What it has started may write for a moment longer than it lives.
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  const start = async (): Promise<void> => {
    await names.start();
    await server.start();
  };
  await start().catch((error: unknown) => stop().then(() => Promise.reject(error)));
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
    stop,
    control: async (...args) => {
      const { code, output } = await runCommand('env', [...environment, programs.control, ...args], {
        timeoutMs: 60_000,
      });
      if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')}: ${output}`);
      return output;
    },
  };
};

/** Debian's own scripts on the path change to another user; those behind them do not. */
const folders = ['/usr/lib/rabbitmq/bin', '/usr/local/sbin', '/opt/homebrew/sbin', '/usr/sbin'];

const findPrograms = async (): Promise<Readonly<Record<'server' | 'control' | 'epmd', string>>> => {
  for (const folder of folders) {
    const server = join(folder, 'rabbitmq-server');
    const found = await access(server).then(
      () => true,
      () => false,
    );
    if (found) return { server, control: join(folder, 'rabbitmqctl'), epmd: 'epmd' };
  }
  throw new MissingService('rabbitmq', [
    `${urlVariable} is not set`,
    'Docker does not answer',
    'rabbitmq-server is not installed (apt-get install rabbitmq-server)',
  ]);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const isUp = async (port: number): Promise<boolean> =>
  (await greet({ host: '127.0.0.1', port }).catch(() => Buffer.alloc(0))).length > 0;

const serverAt = async (url: string): Promise<string> => {
  const { hostname, port, protocol } = new URL(url);
  if (protocol === 'amqps:') return 'RabbitMQ over TLS';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const greeting = await greet({ host, port: Number(port === '' ? 5672 : port) });
  return `${property(greeting, 'product') ?? 'AMQP server'} ${property(greeting, 'version') ?? 'of an unknown version'}`;
};

/** A text from the server's properties: name, `S`, four bytes of length, text. */
const property = (greeting: Buffer, name: string): string | undefined => {
  const at = greeting.indexOf(Buffer.concat([Buffer.from([name.length]), Buffer.from(`${name}S`)]));
  if (at < 0) return undefined;
  const from = at + name.length + 6;
  return greeting.toString('utf8', from, from + greeting.readUInt32BE(from - 4));
};

/** What a server says first to whoever speaks AMQP: the kit depends on no client. */
const greet = (address: { readonly host: string; readonly port: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without a word')));
    socket.once('data', (data: Buffer) => {
      resolve(data);
      socket.destroy();
    });
    socket.write(Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1]));
  });
