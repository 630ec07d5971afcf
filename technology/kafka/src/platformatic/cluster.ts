import { type API, metadataV12 } from '@platformatic/kafka';
import { ConnectionError } from '@waybill/core';
import { errorCode, isPassing } from '../error-code.ts';
import type { Place } from '../kafka-client.ts';
import type { ConnectionOptions } from '../options.ts';
import { Passing, patiently } from '../patiently.ts';
import { refusal } from '../translate-error.ts';
import { type Address, ConnectionLane, nameOf } from './connection-lane.ts';

/** Who leads what, and a connection to each node for requests that do not wait. */
export class Cluster {
  readonly options: ConnectionOptions;
  readonly #bootstrap: readonly Address[];
  readonly #closing = new AbortController();
  readonly #lanes = new Map<string, ConnectionLane>();
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #refreshing = new Map<string, Promise<void>>();
  #nodes: ReadonlyMap<number, Address> = new Map();
  #turn = 0;

  constructor(options: ConnectionOptions) {
    this.options = options.url.startsWith('kafka+ssl:') && !options.tls ? { ...options, tls: true } : options;
    this.#bootstrap = addressesOf(options.url);
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  deadline(ms = this.options.requestMs): number {
    return performance.now() + ms;
  }

  /** Asks until there is an answer that `read` accepts, i.e. for which it does not throw a `Passing` failure. */
  patiently<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
    return patiently(deadline, this.signal, attempt);
  }

  /** Any node: one that is known to live, where possible. */
  any(): Address {
    const known = [...this.#nodes.values(), ...this.#bootstrap];
    const node = known[this.#turn % known.length];
    if (node === undefined) throw new Passing(new ConnectionError('no node of Kafka is known'));
    return node;
  }

  node(id: number): Address | undefined {
    return this.#nodes.get(id);
  }

  call<Args extends unknown[], Response>(
    node: Address,
    api: API<Args, Response>,
    args: Args,
    options: { readonly deadline: number; readonly changes: boolean },
  ): Promise<Response> {
    const name = nameOf(node);
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = new ConnectionLane(this.options)));
    return lane.call(node, api, args, options).catch((error: unknown) => {
      if (error instanceof Passing) this.#turn++; // another node next time
      throw error;
    });
  }

  /** How many partitions a topic has; undefined if there is no such topic. */
  async partitionsOf(topic: string, deadline: number): Promise<number | undefined> {
    this.forget(topic);
    await this.#refresh(topic, deadline);
    return this.#leaders.get(topic)?.length;
  }

  /** The leader of a partition. Throws a `Passing` failure while there is none. */
  async leader({ topic, partition }: Place, deadline: number): Promise<Address> {
    if (!this.#leaders.has(topic)) await this.#refresh(topic, deadline);
    const id = this.#leaders.get(topic)?.[partition];
    const node = id === undefined ? undefined : this.#nodes.get(id);
    if (node !== undefined) return node;
    this.forget(topic);
    throw new Passing(refusal(errorCode.unknownTopicOrPartition, topic));
  }

  /** The places by the nodes that lead them. */
  async byLeader<P extends Place>(
    places: readonly P[],
    deadline: number,
  ): Promise<ReadonlyMap<Address, readonly P[]>> {
    const groups = new Map<Address, P[]>();
    for (const place of places) {
      const node = await this.leader(place, deadline);
      const group = groups.get(node);
      if (group === undefined) groups.set(node, [place]);
      else group.push(place);
    }
    return groups;
  }

  /** What is known of its leaders is wrong. */
  forget(topic: string): void {
    this.#leaders.delete(topic);
  }

  close(): void {
    this.#closing.abort();
    for (const lane of this.#lanes.values()) lane.close();
  }

  #refresh(topic: string, deadline: number): Promise<void> {
    const running = this.#refreshing.get(topic);
    if (running !== undefined) return running;
    const refreshing = this.#ask(topic, deadline).finally(() => this.#refreshing.delete(topic));
    this.#refreshing.set(topic, refreshing);
    return refreshing;
  }

  async #ask(topic: string, deadline: number): Promise<void> {
    const args: Parameters<typeof metadataV12.createRequest> = [[topic], false, false];
    const response = await this.call(this.any(), metadataV12.api, args, { deadline, changes: false });
    this.#nodes = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const facts = response.topics.find(({ name }) => name === topic);
    if (facts === undefined || facts.errorCode === errorCode.unknownTopicOrPartition) return;
    if (facts.errorCode !== errorCode.none) {
      const said = refusal(facts.errorCode, topic);
      throw isPassing(facts.errorCode) ? new Passing(said) : said;
    }
    const leaders: number[] = [];
    for (const { partitionIndex, leaderId } of facts.partitions) leaders[partitionIndex] = leaderId;
    this.#leaders.set(topic, leaders);
  }
}

const addressesOf = (url: string): Address[] => {
  const hosts = url.slice(url.indexOf('//') + 2).replace(/\/$/, '');
  return hosts.split(',').map((each) => {
    const colon = each.lastIndexOf(':');
    return { host: each.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(each.slice(colon + 1)) };
  });
};
