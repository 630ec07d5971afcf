import { isWaybillError, type Key, keyName } from '@waybill/core';
import type { RawDocument, RawWrite } from '@waybill/journaled';
import { entryKey } from '@waybill/journaled/memory';
import type { Mutant } from './mutant.ts';
import { isApply, keyOf, stateIn, tamperDocuments, writeInstead } from './tamper-documents.ts';

type Disguise = NonNullable<Mutant['documents']>;

const removedFirst: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: async (writes) => {
      for (const transaction of new Set(writes.filter(isApply).map(({ expected }) => expected)))
        await documents.write([{ kind: 'remove', key: entryKey(transaction), expected: transaction + 1 }]);
      return documents.write(writes);
    },
  });

const withoutIdentity: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: async (writes) => {
      const applies = writes.filter(isApply);
      const there = applies.length === 0 ? [] : await documents.read(applies.map(({ key }) => key));
      const stamps = new Map(there.flatMap((found) => (found ? [[keyName(found.key), found.stamp]] : [])));
      return writeInstead(documents, writes, (write) =>
        isApply(write) ? { ...write, expected: stamps.get(keyName(write.key)) ?? write.expected } : write,
      );
    },
  });

const sweptUnapplied: Disguise = (documents) => {
  const swept = new Set<string>();
  return tamperDocuments(documents, {
    found: (query, found) => {
      if (query.collection === entryKey(0).collection) for (const { key } of found) swept.add(key.id);
    },
    write: (writes) =>
      writeInstead(documents, writes, (write) =>
        isApply(write) && swept.has(String(write.expected)) ? undefined : write,
      ),
  });
};

const withoutTombstones: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: (writes) =>
      writeInstead(documents, writes, (write) =>
        write.kind === 'update' && write.change?.kind === 'delete' && write.intent === undefined
          ? { kind: 'remove', key: write.key, expected: write.expected }
          : write,
      ),
  });

const withoutAbort: Disguise = (documents) => {
  const own = new Set<string>();
  return tamperDocuments(documents, {
    write: (writes) => {
      for (const write of writes) if (stateIn(write) === 'pending') own.add(keyOf(write).id);
      return writeInstead(documents, writes, (write) =>
        stateIn(write) === 'aborted' && !own.has(keyOf(write).id) ? undefined : write,
      );
    },
  });
};

const withoutGuards: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: (writes) =>
      writeInstead(documents, writes, (write) => (write.kind === 'bump' ? undefined : write)),
  });

/** Between its intents and its decision a transaction reads nothing again: only what its process has read before. */
const fromCache: Disguise = (documents) => {
  const cache = new Map<string, RawDocument | undefined>();
  const undecided = new Set<string>();
  return tamperDocuments(documents, {
    read: async (keys) => {
      const found = await documents.read(keys);
      const isValidation = undecided.size > 0 && !keys.some(isOwn);
      return keys.map((key, i) => {
        if (isValidation && cache.has(keyName(key))) return cache.get(keyName(key));
        cache.set(keyName(key), found[i]);
        return found[i];
      });
    },
    write: async (writes) => {
      for (const write of writes) if (stateIn(write) === 'committed') undecided.delete(keyOf(write).id);
      const answers = await documents.write(writes);
      for (const write of writes) {
        if (stateIn(write) === 'pending') undecided.add(keyOf(write).id);
        if (write.kind === 'remove') undecided.delete(write.key.id);
      }
      return answers;
    },
  });
};

/** The protocol's own documents. */
const isOwn = ({ collection, tenant }: Key): boolean =>
  tenant === 'waybill' && collection.startsWith('waybill.');

/** A transaction that is tried again goes by the number of its first try. */
const sameNumber: Disguise = (documents) => {
  const first = new Map<string, string>();
  const aliases = new Map<string, string>();
  const learn = (write: RawWrite): void => {
    if (write.kind !== 'create' || stateIn(write) !== 'pending') return;
    const what = JSON.stringify(write.document.fields?.['keys']);
    const known = first.get(what);
    if (known === undefined) first.set(what, write.document.key.id);
    else if (known !== write.document.key.id)
      for (let stamp = 0; stamp < 3; stamp++)
        aliases.set(String(Number(write.document.key.id) + stamp), String(Number(known) + stamp));
  };
  const renamed = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll(/\d{7,}/g, (digits) => aliases.get(digits) ?? digits));
  return tamperDocuments(documents, {
    read: (keys) => documents.read(renamed(keys)),
    write: (writes) => {
      for (const write of writes) learn(write);
      return documents.write(renamed(writes));
    },
  });
};

/** Takes the mark away with it. */
const overMarks: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: async (writes) => {
      const amended = writes.filter((write) => write.kind === 'amend');
      const found = await documents.read(amended.map(({ key }) => key));
      const there = new Map(
        found.flatMap((document) => (document ? [[keyName(document.key), document]] : [])),
      );
      return writeInstead(documents, writes, (write) => {
        const document = there.get(keyName(keyOf(write)));
        if (write.kind !== 'amend' || document?.intent === undefined) return write;
        const { key, stamp, version, change } = write;
        return { kind: 'update', key, expected: document.stamp, stamp, version, change };
      });
    },
  });

const whateverIsThere: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: (writes) =>
      writeInstead(documents, writes, (write) =>
        write.kind === 'amend' ? { ...write, where: { fields: {} } } : write,
      ),
  });

const doubtIsNo: Disguise = (documents) =>
  tamperDocuments(documents, {
    write: async (writes) => {
      try {
        return await documents.write(writes);
      } catch (error) {
        const isSingle = writes.every(({ kind }) => kind === 'amend');
        if (!isSingle || !isWaybillError(error) || error.code !== 'WB_IN_DOUBT') throw error;
        return writes.map(() => 'missed');
      }
    },
  });

const sentAgain: Disguise = (documents, process) =>
  tamperDocuments(documents, {
    write: async (writes) => {
      const amended = writes.filter((write) => write.kind === 'amend');
      if (amended.length > 0)
        process.after(process.random.scale(1, 500), () => {
          documents.write(amended.map((write) => ({ ...write }))).catch(() => undefined); // nobody waits for it
        });
      return documents.write(writes);
    },
  });

/** No client hears of what another one has declared, nor remembers what it has declared itself. */
const unheardOf: Disguise = (documents) =>
  tamperDocuments(documents, {
    read: async (keys) =>
      (await documents.read(keys)).map((document) =>
        document?.key.id.startsWith('indexed ') === true
          ? { ...document, fields: { ...document.fields, names: [] } }
          : document,
      ),
  });

const tests = 'technology/journaled/src/journaled-store.test.ts';
const singleWrites = 'technology/journaled/src/single-writes.test.ts';

/** What makes a transaction of single writes. */
export const journal: readonly Mutant[] = [
  {
    name: 'applied-before-roll-forward',
    bug: 'a transaction counts as applied before its documents are rolled forward',
    documents: removedFirst,
  },
  {
    name: 'roll-forward-without-identity',
    bug: 'a transaction is rolled forward over whatever has become of its document',
    documents: withoutIdentity,
  },
  {
    name: 'entry-removed-before-applied',
    bug: 'the sweep removes the entry of a committed transaction before it is applied',
    documents: sweptUnapplied,
  },
  {
    name: 'physical-delete',
    bug: 'a deleted document leaves no tombstone, and a late creation brings it back',
    documents: withoutTombstones,
    directed: `${tests}: is not brought back by a creation that arrives late`,
  },
  {
    name: 'number-per-transaction',
    bug: 'all tries of a transaction have one number, and what is left of one counts for another',
    documents: sameNumber,
  },
  {
    name: 'release-without-abort',
    bug: 'who lets go of a document for another transaction does not keep that one from committing',
    documents: withoutAbort,
  },
  {
    name: 'validation-from-cache',
    bug: 'what a transaction has read is compared with what it remembers',
    documents: fromCache,
    directed: `${tests}: do not both commit, though both hold what they write before either looks`,
  },
  {
    name: 'no-guard',
    bug: 'a query does not notice that documents move while it looks',
    documents: withoutGuards,
    directed: `${tests}: misses nothing that moves while it looks`,
  },
  {
    name: 'single-write-over-a-mark',
    bug: 'a transaction of one document does not heed that another one holds it',
    documents: overMarks,
  },
  {
    name: 'single-write-unconditional',
    bug: 'a transaction of one document does not ask for what it expects',
    documents: whateverIsThere,
  },
  {
    name: 'single-write-sent-again',
    bug: 'a transaction of one document is sent twice',
    documents: sentAgain,
  },
  {
    name: 'single-write-in-doubt-is-a-no',
    bug: 'a transaction of one document whose answer is lost counts as not committed',
    documents: doubtIsNo,
  },
  {
    name: 'single-write-moves',
    bug: 'a transaction of one document moves it in an index that its client has not heard of',
    documents: unheardOf,
    directed: `${singleWrites}: is not moved by one write, so that a query does not miss it`,
  },
];
