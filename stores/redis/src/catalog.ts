import {
  checkCollectionSpec,
  checkQuery,
  ConfigError,
  type CollectionSpec,
  type IndexSpec,
  PayloadError,
  type Query,
  sameIndex,
  undeclaredCollection,
  undeclaredIndex,
} from '@waybill/core';
import type { RedisConnection, Reply } from '@waybill/redis';
import { fromName, toName } from './json-text.ts';
import { Packer } from './packer.ts';
import { Shapes } from './shapes.ts';
import { declareScript } from './scripts/declare-script.ts';

/** An index as every writer keeps it. Where two declarations are equal they are one index, whatever their names. */
export interface DeclaredIndex {
  readonly slot: number;
  readonly across: boolean;
  /** Of its fields, in the head of a document. */
  readonly positions: readonly number[];
}

export interface Declared {
  readonly name: string;
  /** Names of the columns; the first one is at position 3. */
  readonly columns: readonly string[];
  /** The same as documents have them. */
  readonly columnNames: readonly Buffer[];
  readonly positions: ReadonlyMap<string, number>;
  /** All there are, also those that only other processes know. */
  readonly indexes: readonly DeclaredIndex[];
  /** How many columns there are from the first one to the last one of an index. */
  readonly lead: number;
  /** Fields of any index: their columns hold them whatever their size. */
  readonly indexed: ReadonlySet<string>;
  /** What this process calls its indexes. */
  readonly byName: ReadonlyMap<string, Serving>;
  readonly shapes: Shapes;
}

/** What a query asks. */
export interface Serving {
  readonly spec: IndexSpec;
  readonly index: DeclaredIndex;
}

/** An index that documents of earlier days are not in yet. */
export interface Unfinished {
  readonly collection: string;
  readonly slot: number;
}

const otherLayout = (): ConfigError =>
  new ConfigError(
    'another version of Waybill has put documents into this namespace of Redis, in another way',
    {
      fix: 'choose another `namespace`, or go on with the version that was used before',
    },
  );

/** Names of fields, by collection. */
type Columns = ReadonlyMap<string, ReadonlySet<string>>;

/** More fields than this are patched in the overlay: a head is rewritten with every patch. */
const mostColumns = 40;
export const firstPosition = 3;

/**
 * What this process knows of the collections in Redis. Every writer must keep every index and know every column, so
 * scripts refuse whoever has an old version, and `declare` brings it up to date.
 */
export class Catalog {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #specs = new Map<string, Map<string, IndexSpec>>();
  /** Fields that have columns because their collection says so. */
  #apart: Columns = new Map();
  #declared: ReadonlyMap<string, Declared> = new Map();
  #last: Promise<unknown> = Promise.resolve();
  version = '';

  constructor(redis: RedisConnection, key: string) {
    this.#redis = redis;
    this.#key = key;
  }

  /** Throws a `PayloadError` for a collection that was not declared. */
  get(name: string): Declared {
    const declared = this.#declared.get(name);
    if (declared !== undefined) return declared;
    throw undeclaredCollection(name);
  }

  /** Throws a `PayloadError` for a query that no index serves. */
  serving(query: Query): Serving {
    const found = this.get(query.collection).byName.get(query.index);
    if (found === undefined) throw undeclaredIndex(query);
    checkQuery(query, found.spec);
    return found;
  }

  /**
   * Adds declarations; answers the indexes that are still to be built. Throws a `PayloadError`, or a `ConfigError` for
   * documents of another layout, and adds none.
   */
  add(specs: readonly CollectionSpec[], deadline: number): Promise<readonly Unfinished[]> {
    for (const spec of specs) checkCollectionSpec(spec);
    return this.#inTurn(async () => {
      const merged = new Map([...this.#specs].map(([name, indexes]) => [name, new Map(indexes)]));
      for (const { name, indexes = [] } of specs) {
        const known = merged.get(name) ?? new Map<string, IndexSpec>();
        merged.set(name, known);
        for (const index of indexes) known.set(index.name, sameAs(known.get(index.name), index, name));
      }
      const apart = union(
        this.#apart,
        new Map(specs.map(({ name, apart: fields = [] }) => [name, new Set(fields)])),
      );
      const unfinished = await this.#declare(merged, apart, deadline);
      this.#apart = apart;
      for (const [name, indexes] of merged) this.#specs.set(name, indexes);
      return unfinished;
    });
  }

  /** Gives fields columns; with none it only looks what others have declared. Answers as `add` does. */
  addColumns(wanted: Columns, deadline: number): Promise<readonly Unfinished[]> {
    return this.#inTurn(() => this.#declare(this.#specs, union(this.#apart, wanted), deadline));
  }

  /** Whether a column for the field is worth asking for. */
  mayGrow({ columns }: Declared): boolean {
    return columns.length < mostColumns;
  }

  /** One after the other, so that no answer is taken for newer than it is. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // its caller hears of it
    return result;
  }

  async #declare(
    specs: ReadonlyMap<string, ReadonlyMap<string, IndexSpec>>,
    columns: Columns,
    deadline: number,
  ): Promise<readonly Unfinished[]> {
    const ms = Math.max(0, deadline - performance.now());
    const reply = await this.#redis.run(declareScript, [this.#key], [packSpecs(specs, columns)], ms);
    if (Buffer.isBuffer(reply)) throw otherLayout();
    const [version, collections] = reply as readonly [Buffer, readonly CollectionReply[]]; // by the script
    const declared = new Map<string, Declared>();
    const unfinished: Unfinished[] = [];
    [...specs].forEach(([name, indexes], i) => {
      const answer = collections[i];
      if (answer === undefined) return;
      const known = declaredOf(name, indexes, answer);
      declared.set(name, known);
      // Those of other processes are theirs to build.
      const own = new Set([...known.byName.values()].map(({ index }) => index.slot));
      for (const slot of answer[2]) if (own.has(slot)) unfinished.push({ collection: name, slot });
    });
    this.#declared = declared;
    this.version = String(version);
    return unfinished;
  }
}

/** Columns; indexes, each with whether it spans tenants and then positions; slots that are not built yet. */
type CollectionReply = readonly [readonly Reply[], readonly (readonly number[])[], readonly number[]];

const sameAs = (known: IndexSpec | undefined, spec: IndexSpec, collection: string): IndexSpec => {
  if (known === undefined || sameIndex(known, spec)) return spec;
  throw new PayloadError(`index ${spec.name} of ${collection} is declared with other fields already`, {
    fix: 'give the changed index a new name',
  });
};

const union = (one: Columns, other: Columns): Columns => {
  const all = new Map([...one].map(([name, fields]) => [name, new Set(fields)]));
  for (const [name, fields] of other) all.set(name, new Set([...(all.get(name) ?? []), ...fields]));
  return all;
};

const packSpecs = (specs: ReadonlyMap<string, ReadonlyMap<string, IndexSpec>>, columns: Columns): Buffer => {
  const packer = new Packer();
  packer.array(specs.size);
  for (const [name, indexes] of specs) {
    packer.array(3);
    packer.text(name);
    packer.array(indexes.size);
    for (const { fields, acrossTenants } of indexes.values()) {
      packer.array(2);
      packer.int(acrossTenants ? 1 : 0);
      packer.array(fields.length);
      for (const field of fields) packer.text(toName(field));
    }
    const wanted = columns.get(name) ?? new Set();
    packer.array(wanted.size);
    for (const field of wanted) packer.text(toName(field));
  }
  return packer.view();
};

const declaredOf = (
  name: string,
  specs: ReadonlyMap<string, IndexSpec>,
  reply: CollectionReply,
): Declared => {
  const columns = reply[0].map((column) => fromName(String(column)));
  const positions = new Map(columns.map((column, i) => [column, i + firstPosition]));
  const indexes = reply[1].map(([across, ...at], i) => ({
    slot: i + 1,
    across: across === 1,
    positions: at,
  }));
  const byName = new Map<string, Serving>();
  for (const spec of specs.values()) {
    const at = spec.fields.map((field) => positions.get(field));
    const index = indexes.find(
      ({ across, positions: found }) =>
        across === (spec.acrossTenants ?? false) &&
        found.length === at.length &&
        found.every((position, i) => position === at[i]),
    );
    if (index !== undefined) byName.set(spec.name, { spec, index });
  }
  const indexed = new Set(
    indexes.flatMap((index) => index.positions.map((at) => columns[at - firstPosition] ?? '')),
  );
  const lead = Math.max(0, ...indexes.flatMap((index) => index.positions)) - firstPosition + 1;
  const columnNames = columns.map((column) => Buffer.from(toName(column)));
  return {
    name,
    columns,
    columnNames,
    positions,
    indexes,
    lead: Math.max(0, lead),
    indexed,
    byName,
    shapes: new Shapes(columns, positions),
  };
};
