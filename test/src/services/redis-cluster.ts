import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { ask } from './redis-process.ts';
import { startOwnRedis } from './redis.ts';
import type { OwnService } from './service.ts';

export interface RedisClusterNode extends OwnService {
  readonly host: string;
  readonly port: number;
  /** Where the nodes talk to each other. */
  readonly busPort: number;
  readonly id: string;
}

/** A Redis Cluster that the tests have started themselves. */
export interface OwnRedisCluster {
  /** Each has a third of the slots. */
  readonly masters: readonly RedisClusterNode[];
  /** Of the first master. */
  readonly replica: RedisClusterNode;
  readonly server: string;
  stop(): Promise<void>;
}

const slots = 16_384;
const masterCount = 3;
/** How long a node may be silent until the others give it up. */
const nodeTimeoutMs = 1_000;

/** Three masters, and one replica of the first. Throws a `MissingService` if `redis-server` is not installed. */
export const startOwnRedisCluster = async (): Promise<OwnRedisCluster> => {
  const nodes: RedisClusterNode[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (let n = 0; n <= masterCount; n++) nodes.push(await startNode(n + 1));
    const [first, second, third, replica] = nodes;
    if (first === undefined || second === undefined || third === undefined || replica === undefined)
      throw new Error('there are four nodes');
    const masters = [first, second, third];
    await join(masters, replica);
    return { masters, replica, server: `${first.server}, cluster of ${masterCount}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startNode = async (epoch: number): Promise<RedisClusterNode> => {
  const [port, busPort] = [await freePort(), await freePort()];
  const timeout = ['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-replica-validity-factor', '0'];
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), ...timeout];
  const service = await startOwnRedis({ port, args: [...args, '--repl-diskless-sync-delay', '0'] });
  const address = { host: '127.0.0.1', port };
  // Else they would argue about their rank for some seconds.
  const reply = await ask(address, ['CLUSTER', 'SET-CONFIG-EPOCH', String(epoch)], ['CLUSTER', 'MYID']);
  const id = /[0-9a-f]{40}/.exec(reply)?.[0] ?? '';
  return { ...service, ...address, busPort, id };
};

const join = async (masters: readonly RedisClusterNode[], replica: RedisClusterNode): Promise<void> => {
  const [first] = masters;
  if (first === undefined) return;
  for (const [n, master] of masters.entries()) {
    const [from, to] = [n, n + 1].map((part) => Math.floor((slots * part) / masters.length));
    await ask(master, ['CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? slots) - 1)]);
  }
  for (const node of [...masters.slice(1), replica])
    await ask(node, ['CLUSTER', 'MEET', first.host, String(first.port), String(first.busPort)]);
  await until(async () => /cluster_known_nodes:4\r/.test(await ask(replica, ['CLUSTER', 'INFO'])));
  await until(async () => (await ask(replica, ['CLUSTER', 'REPLICATE', first.id])).startsWith('+OK'));
  for (const node of [...masters, replica])
    await until(async () => /cluster_state:ok\r/.test(await ask(node, ['CLUSTER', 'INFO'])));
  await until(async () => /master_link_status:up\r/.test(await ask(replica, ['INFO', 'replication'])));
};

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (const deadline = performance.now() + 20_000; !(await isSo()); await pause(20))
    if (performance.now() > deadline) throw new Error('the nodes do not become a cluster');
};
