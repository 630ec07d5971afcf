import { initProducerIdV4, NumericMap, produceV9 } from '@platformatic/kafka';
import { type Coalescer, coalesce, InDoubtError, isWaybillError, type WaybillError } from '@waybill/core';
import { errorCode, isPassing } from '../error-code.ts';
import type { NewRecord, Place } from '../kafka-client.ts';
import { Passing } from '../patiently.ts';
import { refusal } from '../translate-error.ts';
import type { Address } from './connection-lane.ts';
import type { Cluster } from './cluster.ts';

type Produced = Exclude<Awaited<ReturnType<typeof produceV9.api.async>>, boolean>;

interface Identity {
  readonly id: bigint;
  readonly epoch: number;
}

/** Records of one partition that are sent in one batch, as often as it takes. */
interface Chunk extends Place {
  readonly records: readonly NewRecord[];
  /** Of the producer's identity; undefined before it is sent for the first time. */
  sequence: number | undefined;
  /** Of an attempt that may have succeeded. */
  doubt: WaybillError | undefined;
  /** `records`: those of them that it is about; default all. */
  readonly settle: (failure: WaybillError | undefined, records?: readonly NewRecord[]) => void;
}

/** A chunk that is done with, and what is to be sent in its place. */
interface Answered {
  readonly chunk: Chunk;
  readonly instead: readonly Chunk[];
}

/** Below `message.max.bytes` of a broker as it is installed, which is 1 MiB and a little more. */
const chunkBytes = 900_000;
const overheadBytes = 32;

/**
 * Sends what arrives while a request is on its way with the next one. Each batch has the number that Kafka knows it
 * by, so that one whose answer was lost can be sent again and is there once.
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #sends: Coalescer<readonly NewRecord[], WaybillError | undefined>;
  readonly #sequences = new NumericMap();
  #identity: Identity | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#sends = coalesce((batch) => this.#send(batch), 1_000);
  }

  async produce(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    const failure = await this.#sends.add(records);
    if (failure !== undefined) throw failure;
  }

  async idle(): Promise<void> {
    await this.#sends.idle();
  }

  async #send(sends: readonly (readonly NewRecord[])[]): Promise<readonly (WaybillError | undefined)[]> {
    const failures = new Map<NewRecord, WaybillError>();
    const chunks = chunksOf(sends.flat(), failures);
    const deadline = this.#cluster.deadline();
    try {
      await this.#cluster.patiently(deadline, () => this.#round(chunks, deadline));
    } catch (error) {
      if (!isWaybillError(error)) throw error;
      for (const chunk of chunks) chunk.settle(chunk.doubt ?? error);
      this.#identity = undefined; // numbers that may or may not be taken are of no use
    }
    return sends.map((records) => {
      const failed = records.find((record) => failures.has(record));
      return failed === undefined ? undefined : failures.get(failed);
    });
  }

  /** Sends the first chunk of each partition until there is none left. A `Passing` failure leaves the others in. */
  async #round(chunks: Chunk[], deadline: number): Promise<void> {
    while (chunks.length > 0) {
      const identity = (this.#identity ??= await this.#identify(deadline));
      const first = new Map(chunks.toReversed().map((chunk) => [`${chunk.topic}:${chunk.partition}`, chunk]));
      const groups = await this.#cluster.byLeader([...first.values()], deadline);
      const requests = [...groups].map(([node, group]) => this.#request(node, group, identity, deadline));
      const outcomes = await Promise.allSettled(requests);
      for (const { chunk, instead } of outcomes.flatMap((each) =>
        each.status === 'fulfilled' ? each.value : [],
      ))
        chunks.splice(chunks.indexOf(chunk), 1, ...instead);
      const failed = outcomes.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
  }

  async #request(
    node: Address,
    chunks: readonly Chunk[],
    { id, epoch }: Identity,
    deadline: number,
  ): Promise<readonly Answered[]> {
    const sequences = new NumericMap();
    for (const chunk of chunks) {
      const name = `${chunk.topic}:${chunk.partition}`;
      chunk.sequence ??= this.#sequences.getWithDefault(name, 0);
      sequences.set(name, chunk.sequence);
    }
    const records = chunks.flatMap((chunk) => chunk.records.map(encode));
    const options = { producerId: id, producerEpoch: epoch, sequences };
    const args: Parameters<typeof produceV9.createRequest> = [
      -1,
      this.#cluster.options.requestMs,
      records,
      options,
    ];
    try {
      const response = await this.#cluster.call(node, produceV9.api, args, { deadline, changes: true });
      return this.#settle(chunks, codesOf(response as Produced)); // a boolean only where no answer is asked for
    } catch (error) {
      if (error instanceof Passing && error.said instanceof InDoubtError)
        for (const chunk of chunks) chunk.doubt = error.said;
      throw error;
    }
  }

  #settle(chunks: readonly Chunk[], codes: ReadonlyMap<string, number>): readonly Answered[] {
    const settled: Answered[] = [];
    let again: number | undefined;
    for (const chunk of chunks) {
      const name = `${chunk.topic}:${chunk.partition}`;
      const code = codes.get(name) ?? errorCode.none;
      if (code === errorCode.none || code === errorCode.duplicateSequence) {
        this.#sequences.set(name, ((chunk.sequence ?? 0) + chunk.records.length) % 2 ** 31);
        chunk.settle(undefined);
        settled.push({ chunk, instead: [] });
      } else if (code === errorCode.messageTooLarge && chunk.records.length > 1) {
        settled.push({ chunk, instead: halvesOf(chunk) });
      } else if (renewing.has(code)) {
        again = code;
        this.#forgetIdentity(chunks);
      } else if (isPassing(code)) {
        again = code;
        this.#cluster.forget(chunk.topic);
      } else {
        chunk.settle(refusal(code, chunk.topic));
        settled.push({ chunk, instead: [] });
      }
    }
    if (again === undefined || settled.length > 0) return settled;
    throw new Passing(refusal(again, chunks[0]?.topic ?? ''));
  }

  #forgetIdentity(chunks: readonly Chunk[]): void {
    this.#identity = undefined;
    for (const chunk of chunks) chunk.sequence = undefined;
  }

  async #identify(deadline: number): Promise<Identity> {
    const node = this.#cluster.any();
    const args: Parameters<typeof initProducerIdV4.createRequest> = [null, 60_000, -1n, -1];
    const response = await this.#cluster.call(node, initProducerIdV4.api, args, { deadline, changes: false });
    if (response.errorCode !== errorCode.none) {
      const said = refusal(response.errorCode, 'the producer');
      throw isPassing(response.errorCode) ? new Passing(said) : said;
    }
    this.#sequences.clear();
    return { id: response.producerId, epoch: response.producerEpoch };
  }
}

/** Kafka no longer knows this producer, or what it sent last: a new identity begins with new numbers. */
const renewing: ReadonlySet<number> = new Set([
  errorCode.outOfOrderSequence,
  errorCode.unknownProducer,
  errorCode.invalidProducerEpoch,
]);

/** By partition, in order, none larger than a broker takes; a larger record is alone. */
const chunksOf = (records: readonly NewRecord[], failures: Map<NewRecord, WaybillError>): Chunk[] => {
  const chunks: Chunk[] = [];
  const open = new Map<string, { readonly records: NewRecord[]; bytes: number }>();
  for (const record of records) {
    const { topic, partition } = record;
    const name = `${topic}:${partition}`;
    const bytes = overheadBytes + Buffer.byteLength(record.key) + Buffer.byteLength(record.value);
    let current = open.get(name);
    if (current === undefined || current.bytes + bytes > chunkBytes) {
      const group: NewRecord[] = [];
      current = { records: group, bytes: 0 };
      open.set(name, current);
      const settle: Chunk['settle'] = (failure, which = group) => {
        if (failure !== undefined) for (const each of which) failures.set(each, failure);
      };
      chunks.push({ topic, partition, records: group, sequence: undefined, doubt: undefined, settle });
    }
    current.records.push(record);
    current.bytes += bytes;
  }
  return chunks;
};

/** Which of them is too large only shows when they are apart. */
const halvesOf = (chunk: Chunk): readonly Chunk[] => {
  const middle = Math.ceil(chunk.records.length / 2);
  return [chunk.records.slice(0, middle), chunk.records.slice(middle)].map((records) => ({
    ...chunk,
    records,
    sequence: undefined,
    settle: (failure) => chunk.settle(failure, records),
  }));
};

export const encode = ({ topic, partition, key, value }: NewRecord) => ({
  topic,
  partition,
  key: Buffer.from(key),
  value: Buffer.from(value),
});

const codesOf = ({ responses }: Produced): ReadonlyMap<string, number> =>
  new Map(
    responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode: code }) => [`${name}:${index}`, code] as const),
    ),
  );
