import { fetchV12, type KafkaRecord as RawRecord, type RecordsBatch } from '@platformatic/kafka';
import { pause } from '@waybill/core';
import { errorCode, isPassing } from '../error-code.ts';
import type { Fetched, FetchLane, FetchOptions, KafkaRecord, Position } from '../kafka-client.ts';
import { Passing } from '../patiently.ts';
import { refusal } from '../translate-error.ts';
import type { Cluster } from './cluster.ts';
import { ConnectionLane } from './connection-lane.ts';

type RawPartition = fetchV12.FetchResponsePartition;

const uncommittedToo = 0;
const controlBatch = 1 << 5;
const pauseMs = 50;

export class PlatformaticFetchLane implements FetchLane {
  readonly #cluster: Cluster;
  readonly #lane: ConnectionLane;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lane = new ConnectionLane(cluster.options);
  }

  async fetch(
    positions: readonly Position[],
    { waitMs, maxBytes }: FetchOptions,
  ): Promise<readonly Fetched[]> {
    try {
      return await this.#fetch(positions, { waitMs, maxBytes });
    } catch (error) {
      throw error instanceof Passing ? error.said : error;
    }
  }

  close(): Promise<void> {
    this.#lane.close();
    return Promise.resolve();
  }

  async #fetch(
    positions: readonly Position[],
    { waitMs, maxBytes }: FetchOptions,
  ): Promise<readonly Fetched[]> {
    const deadline = this.#cluster.deadline(waitMs + this.#cluster.options.requestMs);
    const [first] = await this.#cluster.byLeader(positions, deadline);
    if (first === undefined) return [];
    const [node, group] = first;
    const args: Parameters<typeof fetchV12.createRequest> = [
      waitMs,
      1,
      maxBytes,
      uncommittedToo,
      0,
      -1,
      topicsOf(group, maxBytes),
      [],
      '',
    ];
    const response = await this.#lane.call(node, fetchV12.api, args, { deadline, changes: false });
    const asked = new Map(group.map((each) => [`${each.topic}:${each.partition}`, each]));
    const answers = response.responses.flatMap(({ topicId, partitions }) =>
      partitions.map((raw) => this.#read(raw, asked.get(`${topicId}:${raw.partitionIndex}`))),
    );
    const fetched = answers.filter((answer) => answer !== undefined);
    if (fetched.length < answers.length) await pause(pauseMs, this.#cluster.signal); // its leader is elsewhere soon
    return fetched;
  }

  #read(raw: RawPartition, asked: Position | undefined): Fetched | undefined {
    if (asked === undefined) return undefined;
    const { topic, partition, offset } = asked;
    const end = Number(raw.highWatermark);
    switch (raw.errorCode) {
      case errorCode.none: {
        const { records, next } = recordsOf(raw.records ?? [], offset);
        return { topic, partition, outcome: 'records', records, next, end };
      }
      case errorCode.offsetOutOfRange:
        return { topic, partition, outcome: 'out-of-range', records: [], next: offset, end };
      case errorCode.unknownTopicOrPartition:
        this.#cluster.forget(topic);
        return { topic, partition, outcome: 'gone', records: [], next: offset, end };
      default:
        if (!isPassing(raw.errorCode)) throw refusal(raw.errorCode, topic);
        this.#cluster.forget(topic);
        return undefined;
    }
  }
}

const topicsOf = (positions: readonly Position[], maxBytes: number): fetchV12.FetchRequestTopic[] =>
  [...new Set(positions.map(({ topic }) => topic))].map((topic) => ({
    topicId: topic, // version 12 goes by name
    partitions: positions
      .filter((each) => each.topic === topic)
      .map(({ partition, offset }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxBytes,
      })),
  }));

/** A batch is answered whole, also with what is before the position. */
const recordsOf = (
  batches: readonly RecordsBatch[],
  from: number,
): { readonly records: readonly KafkaRecord[]; readonly next: number } => {
  const records: KafkaRecord[] = [];
  let next = from;
  for (const batch of batches) {
    const first = Number(batch.firstOffset);
    next = Math.max(next, first + batch.lastOffsetDelta + 1);
    if ((batch.attributes & controlBatch) !== 0) continue;
    for (const raw of batch.records) {
      const offset = first + raw.offsetDelta;
      if (offset >= from) records.push(recordOf(raw, offset, batch.firstTimestamp));
    }
  }
  return { records, next };
};

const recordOf = (raw: RawRecord, offset: number, firstTimestamp: bigint): KafkaRecord => ({
  offset,
  at: Number(firstTimestamp + raw.timestampDelta),
  key: raw.key === null ? '' : raw.key.toString(),
  value: raw.value === null ? '' : raw.value.toString(),
});
