import {
  type CollectionSpec,
  type IndexSpec,
  type Key,
  keyName,
  PayloadError,
  sameIndex,
} from '@waybill/core';
import { changed } from './change.ts';
import { holds } from './expectation.ts';
import { pageOf } from './memory-page.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawPage, RawQuery } from './raw-query.ts';
import type { Condition, RawAnswer, RawWrite } from './raw-write.ts';

type Update = Pick<Extract<RawWrite, { kind: 'update' }>, 'stamp' | 'version' | 'change' | 'intent'>;

/** What a namespace of single documents holds: shared by its clients. Each method is one synchronous section. */
export class MemoryDocumentsBackend {
  readonly #documents = new Map<string, RawDocument>();
  readonly #indexes = new Map<string, IndexSpec>();

  prepare(collections: readonly CollectionSpec[]): void {
    for (const { name, indexes = [] } of collections)
      for (const index of indexes) {
        const there = this.#indexes.get(`${name} ${index.name}`);
        if (there !== undefined && !sameIndex(there, index))
          throw new PayloadError(`the index ${index.name} of ${name} is declared with other fields already`, {
            fix: 'give the changed index a new name',
          });
        this.#indexes.set(`${name} ${index.name}`, index);
      }
  }

  read(key: Key): RawDocument | undefined {
    const document = this.#documents.get(keyName(key));
    return document && copied(document);
  }

  /** The document itself, which is replaced by every write and never changed. */
  at(key: Key): RawDocument | undefined {
    return this.#documents.get(keyName(key));
  }

  find(query: RawQuery): RawPage {
    const { documents, total } = this.#select(query);
    return { documents: documents.map(copied), ...(total === undefined ? {} : { total }) };
  }

  write(write: RawWrite): RawAnswer {
    const key = write.kind === 'create' ? write.document.key : write.key;
    const name = keyName(key);
    const there = this.#documents.get(name);
    switch (write.kind) {
      case 'create':
        if (there !== undefined) return 'missed';
        this.#documents.set(name, copied(write.document));
        return 'done';
      case 'update':
        if (there?.stamp !== write.expected) return 'missed';
        this.#documents.set(name, updated(there, copied(write)));
        return 'done';
      case 'amend':
        if (there === undefined || !isAsWanted(there, write.where)) return 'missed';
        this.#documents.set(name, updated(there, copied(write)));
        return 'done';
      case 'remove':
        if (there?.stamp !== write.expected) return 'missed';
        this.#documents.delete(name);
        return 'done';
      case 'bump':
        this.#documents.set(name, { version: 0, key, ...there, stamp: (there?.stamp ?? 0) + 1 });
        return 'done';
    }
  }

  /** The documents themselves: see `at`. */
  all(collection: string): readonly RawDocument[] {
    return [...this.#documents.values()].filter(({ key }) => key.collection === collection);
  }

  #select(query: RawQuery): RawPage {
    const all = this.all(query.collection);
    switch (query.kind) {
      case 'index':
        return pageOf(query, all);
      case 'intents':
        return { documents: all.filter(({ intent }) => intent !== undefined).slice(0, query.limit) };
      case 'tombstones':
        return {
          documents: all
            .filter(({ fields, intent }) => fields === undefined && intent === undefined)
            .slice(0, query.limit),
        };
    }
  }
}

const updated = (there: RawDocument, { stamp, version, change, intent }: Update): RawDocument => {
  const fields = change === undefined ? there.fields : changed(there.fields, change);
  return {
    key: there.key,
    stamp,
    version,
    ...(fields === undefined ? {} : { fields }),
    ...(intent === undefined ? {} : { intent }),
  };
};

const isAsWanted = (there: RawDocument, { version, fields }: Condition): boolean =>
  there.intent === undefined &&
  (version === undefined || there.version === version) &&
  holds({ kind: 'fields', key: there.key, fields }, there);

const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value));
