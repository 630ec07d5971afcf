import {
  apiVersionsV3,
  ConfigResourceTypes,
  createTopicsV7,
  deleteRecordsV2,
  describeConfigsV4,
  listOffsetsV7,
  metadataV12,
  offsetFetchV8,
  produceV9,
} from '@platformatic/kafka';
import { errorCode, isPassing } from '../error-code.ts';
import type {
  Committed,
  FetchLane,
  GroupLink,
  KafkaClient,
  NewRecord,
  OffsetAt,
  Place,
  Position,
  TopicFacts,
  TopicSpec,
} from '../kafka-client.ts';
import type { ConnectionOptions } from '../options.ts';
import { Passing } from '../patiently.ts';
import { refusal } from '../translate-error.ts';
import { Cluster } from './cluster.ts';
import { PlatformaticFetchLane } from './fetch-lane.ts';
import { findCoordinator, PlatformaticGroupLink } from './group-link.ts';
import { encode, Producer } from './producer.ts';
import { versionOf } from './version.ts';

const { TOPIC: resourceType } = ConfigResourceTypes;

/** On the protocol of `@platformatic/kafka`: its connections, requests and answers, and none of its clients. */
export class PlatformaticClient implements KafkaClient {
  readonly #cluster: Cluster;
  readonly #producer: Producer;

  constructor(options: ConnectionOptions) {
    this.#cluster = new Cluster(options);
    this.#producer = new Producer(this.#cluster);
  }

  produce(records: readonly NewRecord[]): Promise<void> {
    return this.#producer.produce(records);
  }

  async tell(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#patiently(async (deadline) => {
      for (const [node, group] of await this.#cluster.byLeader(records, deadline)) {
        const args: Parameters<typeof produceV9.createRequest> = [1, this.#requestMs, group.map(encode)];
        const response = await this.#cluster.call(node, produceV9.api, args, { deadline, changes: false });
        if (typeof response === 'boolean') continue;
        for (const { name, partitionResponses } of response.responses)
          for (const each of partitionResponses) this.#check(each.errorCode, name);
      }
    });
  }

  lane(): FetchLane {
    return new PlatformaticFetchLane(this.#cluster);
  }

  group(groupId: string): GroupLink {
    return new PlatformaticGroupLink(this.#cluster, groupId);
  }

  async offsets(places: readonly Place[], at: OffsetAt): Promise<readonly Position[]> {
    const timestamp = at === 'start' ? -2n : at === 'end' ? -1n : BigInt(at.instant);
    const found = await this.#patiently(async (deadline) => {
      const positions: Position[] = [];
      for (const [node, group] of await this.#cluster.byLeader(places, deadline)) {
        const topics = byTopic(group, ({ partition }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: -1,
          timestamp,
        }));
        const args: Parameters<typeof listOffsetsV7.createRequest> = [-1, 0, topics];
        const response = await this.#cluster.call(node, listOffsetsV7.api, args, {
          deadline,
          changes: false,
        });
        for (const { name, partitions } of response.topics)
          for (const each of partitions) {
            this.#check(each.errorCode, name);
            positions.push({ topic: name, partition: each.partitionIndex, offset: Number(each.offset) });
          }
      }
      return positions;
    });
    const none = found.filter(({ offset }) => offset < 0); // nothing at or after that instant
    return none.length === 0
      ? found
      : [...found.filter(({ offset }) => offset >= 0), ...(await this.offsets(none, 'end'))];
  }

  committed(groupId: string, places: readonly Place[]): Promise<readonly Committed[]> {
    return this.#patiently(async (deadline) => {
      const node = await findCoordinator(this.#cluster, groupId, deadline);
      const topics = [...new Set(places.map(({ topic }) => topic))].map((name) => ({
        name,
        partitionIndexes: places.filter(({ topic }) => topic === name).map(({ partition }) => partition),
      }));
      const args: Parameters<typeof offsetFetchV8.createRequest> = [
        [{ groupId, memberEpoch: -1, topics }],
        false,
      ];
      const response = await this.#cluster.call(node, offsetFetchV8.api, args, { deadline, changes: false });
      const commits: Committed[] = [];
      for (const group of response.groups) {
        this.#check(group.errorCode, groupId);
        for (const { name, partitions } of group.topics)
          for (const each of partitions) {
            this.#check(each.errorCode, name);
            if (each.committedOffset >= 0n) commits.push(committedOf(name, each));
          }
      }
      return commits;
    });
  }

  async truncate(positions: readonly Position[]): Promise<void> {
    await this.#patiently(async (deadline) => {
      for (const [node, group] of await this.#cluster.byLeader(positions, deadline)) {
        const topics = byTopic(group, ({ partition, offset }) => ({
          partitionIndex: partition,
          offset: BigInt(offset),
        }));
        const args: Parameters<typeof deleteRecordsV2.createRequest> = [topics, this.#requestMs];
        const response = await this.#cluster.call(node, deleteRecordsV2.api, args, {
          deadline,
          changes: false,
        });
        for (const { name, partitions } of response.topics)
          for (const each of partitions)
            if (each.errorCode !== errorCode.offsetOutOfRange) this.#check(each.errorCode, name);
      }
    });
  }

  async describeTopic(name: string, settings: readonly string[]): Promise<TopicFacts | undefined> {
    const partitions = await this.#patiently((deadline) => this.#cluster.partitionsOf(name, deadline));
    if (partitions === undefined) return undefined;
    return this.#patiently(async (deadline) => {
      const resource = { resourceType, resourceName: name, configurationKeys: [...settings] };
      const args: Parameters<typeof describeConfigsV4.createRequest> = [[resource], false, false];
      const node = this.#cluster.any();
      const response = await this.#cluster.call(node, describeConfigsV4.api, args, {
        deadline,
        changes: false,
      });
      const values: Record<string, string> = {};
      for (const result of response.results) {
        this.#check(result.errorCode, name);
        for (const config of result.configs) values[config.name] = config.value ?? '';
      }
      return { partitions, replication: await this.#replicas(name, deadline), settings: values };
    });
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#patiently(async (deadline) => {
      const topics = specs.map(({ name, partitions, replication, settings }) => ({
        name,
        numPartitions: partitions,
        replicationFactor: replication,
        assignments: [],
        configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
      }));
      const args: Parameters<typeof createTopicsV7.createRequest> = [topics, this.#requestMs, false];
      const node = this.#cluster.any();
      const response = await this.#cluster.call(node, createTopicsV7.api, args, { deadline, changes: false });
      for (const each of response.topics)
        if (each.errorCode !== errorCode.topicExists) this.#check(each.errorCode, each.name);
    });
    // Not every node knows them yet: whoever uses them now waits for that.
    for (const { name } of specs) {
      await this.#patiently(async (deadline) => {
        this.#cluster.forget(name);
        await this.#cluster.leader({ topic: name, partition: 0 }, deadline);
      });
    }
  }

  async server(): Promise<string> {
    const response = await this.#patiently((deadline) =>
      this.#cluster.call(this.#cluster.any(), apiVersionsV3.api, ['waybill', '1'], {
        deadline,
        changes: false,
      }),
    );
    return versionOf(response.finalizedFeatures ?? []);
  }

  async close(): Promise<void> {
    await this.#producer.idle();
    this.#cluster.close();
  }

  get #requestMs(): number {
    return this.#cluster.options.requestMs;
  }

  #patiently<T>(attempt: (deadline: number) => Promise<T>): Promise<T> {
    const deadline = this.#cluster.deadline();
    return this.#cluster.patiently(deadline, () => attempt(deadline));
  }

  async #replicas(topic: string, deadline: number): Promise<number> {
    const args: Parameters<typeof metadataV12.createRequest> = [[topic], false, false];
    const node = this.#cluster.any();
    const response = await this.#cluster.call(node, metadataV12.api, args, { deadline, changes: false });
    return response.topics[0]?.partitions[0]?.replicaNodes.length ?? 0;
  }

  #check(code: number, of: string): void {
    if (code === errorCode.none) return;
    this.#cluster.forget(of);
    throw isPassing(code) ? new Passing(refusal(code, of)) : refusal(code, of);
  }
}

const byTopic = <P extends Place, R>(places: readonly P[], toPartition: (place: P) => R) =>
  [...new Set(places.map(({ topic }) => topic))].map((name) => ({
    name,
    partitions: places.filter(({ topic }) => topic === name).map(toPartition),
  }));

const committedOf = (topic: string, raw: offsetFetchV8.OffsetFetchResponsePartition): Committed => ({
  topic,
  partition: raw.partitionIndex,
  offset: Number(raw.committedOffset),
  note: raw.metadata ?? '',
});
