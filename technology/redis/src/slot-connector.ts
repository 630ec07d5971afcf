import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type NodeOptions = Omit<RedisOptions, 'protocol' | 'replyMapping'>;

export interface SlotTarget {
  /** Any key of the slot. */
  readonly key: string;
  /** Nodes to ask first. */
  readonly seeds: readonly Address[];
  /** How every node is connected to: credentials, TLS, timeouts. */
  readonly node: NodeOptions;
  retryDelay(times: number): number;
}

/** Of the reply of CLUSTER SLOTS: first and last slot, the master, its replicas; each with host and port. */
type SlotRange = readonly [number, number, ...(readonly [string | null, number, ...unknown[]])[]];

const disconnectTimeoutMs = 2_000;

/**
 * Leads ioredis to whichever node of a cluster has the slot of one key, asked anew for every connection. All that one
 * adapter touches shares that slot, so one connection to one node is all it needs, and nothing is ever redirected,
 * that is sent twice, behind its back.
 */
export class SlotConnector extends AbstractConnector {
  readonly #target: SlotTarget;
  /** Seeds, and what they have told of; who answered last comes first. */
  #nodes: readonly Address[];
  #interrupt: () => void = () => undefined;

  constructor(target: SlotTarget) {
    super(disconnectTimeoutMs);
    this.#target = target;
    this.#nodes = target.seeds;
  }

  /** A master that lost its slots to its replica, say, is no longer where to write. */
  override check(info: { readonly role?: string }): boolean {
    return info.role === undefined || info.role === 'master';
  }

  override disconnect(): void {
    super.disconnect();
    this.#interrupt();
  }

  override async connect(emit: (type: string, error: Error) => void): Promise<Socket> {
    this.connecting = true;
    for (let times = 1; this.connecting; times++) {
      try {
        const owner = await this.#findOwner();
        if (this.connecting) return this.#open(owner);
      } catch (error) {
        emit('error', error instanceof Error ? error : new Error(String(error)));
        if (this.connecting) await this.#pause(this.#target.retryDelay(times));
      }
    }
    throw new Error('Connection is closed.');
  }

  async #findOwner(): Promise<Address> {
    let failure: unknown;
    for (const node of this.#nodes) {
      if (!this.connecting) break;
      try {
        return await this.#ask(node);
      } catch (error) {
        failure = error;
      }
    }
    this.#nodes = [
      ...this.#target.seeds,
      ...this.#nodes.filter((node) => !this.#target.seeds.includes(node)),
    ];
    throw failure;
  }

  async #ask(node: Address): Promise<Address> {
    const client = new Redis({ ...this.#target.node, ...node, ...onlyOnce });
    client.on('error', () => undefined); // comes again as the rejection of `connect`
    this.#interrupt = () => client.disconnect();
    try {
      await client.connect();
      const slot = await client.cluster('KEYSLOT', this.#target.key);
      const ranges = (await client.cluster('SLOTS')) as readonly SlotRange[]; // its documented reply
      return this.#learn(node, Number(slot), ranges);
    } finally {
      client.disconnect();
    }
  }

  #learn(told: Address, slot: number, ranges: readonly SlotRange[]): Address {
    const addresses = ranges.map(([first, last, ...nodes]) => ({
      hasSlot: first <= slot && slot <= last,
      // A node that does not know its own address says nothing.
      nodes: nodes.map(([host, port]) => ({ host: host === null || host === '' ? told.host : host, port })),
    }));
    const owner = addresses.find(({ hasSlot }) => hasSlot)?.nodes[0];
    if (owner === undefined) throw new Error(`no node of the cluster has slot ${slot}`);
    const known = [told, ...addresses.flatMap(({ nodes }) => nodes), ...this.#nodes];
    this.#nodes = [...new Map(known.map((each) => [`${each.host} ${each.port}`, each])).values()];
    return owner;
  }

  #open(owner: Address): Socket {
    const { tls } = this.#target.node;
    const stream = tls === undefined ? createConnection(owner) : connectTls({ ...owner, ...tls });
    stream.once('error', (error) => (this.firstError = error));
    this.stream = stream;
    return stream;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const onlyOnce = {
  lazyConnect: true,
  enableReadyCheck: false,
  retryStrategy: () => null,
  protocol: 2,
} as const;
