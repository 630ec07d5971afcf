import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { kafkaJars, kafkaVersion } from './kafka-jars.ts';
import { MissingService } from './missing-service.ts';
import { OwnProcess } from './own-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService, Service } from './service.ts';

const urlVariable = 'WAYBILL_TEST_KAFKA_URL';
/** Java takes its time where there is much else to do. */
const longestStartMs = 300_000;
const clusterId = '4L6g3nShT-eMCtK--X86sw';

/**
 * A Kafka: the one that the environment names (`kafka://host:port`), else a container, else a process of its own.
 * Throws a `MissingService` if there is none of them.
 */
export const startService = async (): Promise<Service> => {
  const named = process.env[urlVariable];
  if (named !== undefined && named !== '')
    return { url: named, server: `Kafka at ${new URL(named).host}`, stop: async () => undefined };
  const port = await freePort();
  const container = await startContainer({
    image: `apache/kafka:${kafkaVersion}`,
    port: 9092,
    outside: port,
    environment: asVariables(
      settings({ port: 9092, controllerPort: 9093, host: '0.0.0.0', advertised: port }),
    ),
  });
  if (container === undefined) return startOwnKafka();
  for (let tries = 0; !(await isUp(port)) && tries < 500; tries++);
  return { url: urlOf(port), server: `Kafka ${kafkaVersion}`, stop: container.stop };
};

export interface OwnKafkaOptions {
  /** More settings of the server, or others. `{port}` and `{controllerPort}` stand for the ports of its listeners. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A process and a folder of its own: one node, KRaft. Throws a `MissingService` if its jars cannot be had. */
export const startOwnKafka = async (options: OwnKafkaOptions = {}): Promise<OwnService> => {
  const jars = await kafkaJars();
  if ('reason' in jars)
    throw new MissingService('kafka', [`${urlVariable} is not set`, 'Docker does not answer', jars.reason]);
  const [port, controllerPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'waybill-kafka-'));
  const file = join(folder, 'server.properties');
  const own = Object.entries(options.settings ?? {}).map(
    ([name, value]) =>
      [
        name,
        value.replaceAll('{port}', `${port}`).replaceAll('{controllerPort}', `${controllerPort}`),
      ] as const,
  );
  const all = {
    ...settings({ port, controllerPort, host: '127.0.0.1', advertised: port }),
    'log.dirs': join(folder, 'data'),
    ...Object.fromEntries(own),
  };
  await writeFile(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const java = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars.folder, '*')];
  await format([...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file]);
  const server = new OwnProcess({
    program: 'java',
    args: [...java, 'kafka.Kafka', file],
    isUp: () => isUp(port),
    startingMs: longestStartMs,
  });
  await server.start();
  return {
    url: urlOf(port),
    server: `Kafka ${kafkaVersion}`,
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

const urlOf = (port: number): string => `kafka://127.0.0.1:${port}`;

const format = async (args: readonly string[]): Promise<void> => {
  const formatted = await runCommand('java', args, { timeoutMs: longestStartMs });
  if (formatted.code !== 0) throw new Error(`Kafka does not format its storage: ${formatted.output}`);
};

interface Listening {
  readonly port: number;
  readonly controllerPort: number;
  readonly host: string;
  /** The port that clients are told. */
  readonly advertised: number;
}

const settings = ({ port, controllerPort, host, advertised }: Listening): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  // The first member of a group would wait 3 seconds for others.
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // Tests of lost sessions should not take 6 seconds each.
  'group.min.session.timeout.ms': '1000',
});

/** How Kafka's image reads its settings. */
const asVariables = (properties: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  );

/** Whether it answers a request for its API versions: a listener that accepts is not enough. */
const isUp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => end(true));
    socket.write(apiVersionsRequest);
  });

/** Length 10; API 18, version 0; correlation 1; no client id. */
const apiVersionsRequest = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]);
