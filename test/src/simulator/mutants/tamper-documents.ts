import type { Key } from '@waybill/core';
import type { RawAnswer, RawDocument, RawQuery, RawWrite, SingleDocuments } from '@waybill/journaled';
import { journalCollection } from '@waybill/journaled/memory';

export type Update = Extract<RawWrite, { kind: 'update' }>;

interface Changes {
  readonly read?: (keys: readonly Key[]) => Promise<readonly (RawDocument | undefined)[]>;
  /** Looks at what was found. */
  readonly found?: (query: RawQuery, documents: readonly RawDocument[]) => void;
  readonly write?: (writes: readonly RawWrite[]) => Promise<readonly RawAnswer[]>;
}

/** Documents that are asked for something else than the protocol asks them for. */
export const tamperDocuments = (
  documents: SingleDocuments,
  { read, found, write }: Changes,
): SingleDocuments => ({
  capabilities: documents.capabilities,
  prepare: (collections) => documents.prepare(collections),
  read: (keys) => (read === undefined ? documents.read(keys) : read(keys)),
  find: async (query) => {
    const page = await documents.find(query);
    found?.(query, page.documents);
    return page;
  },
  write: (writes) => (write === undefined ? documents.write(writes) : write(writes)),
  now: () => documents.now(),
  close: () => documents.close(),
});

/** Writes each as it is, or as something else; `undefined`: says that it is done, and does nothing. */
export const writeInstead = async (
  documents: SingleDocuments,
  writes: readonly RawWrite[],
  instead: (write: RawWrite) => RawWrite | undefined,
): Promise<readonly RawAnswer[]> => {
  const changed = writes.map(instead);
  const answers = [...(await documents.write(changed.filter((write) => write !== undefined)))];
  return changed.map((write) => (write === undefined ? 'done' : (answers.shift() ?? 'missed')));
};

export const keyOf = (write: RawWrite): Key => (write.kind === 'create' ? write.document.key : write.key);

export const isOfJournal = ({ collection }: Key): boolean => collection === journalCollection.name;

/** Makes of a held document what its transaction has decided. */
export const isApply = (write: RawWrite): write is Update =>
  write.kind === 'update' &&
  !isOfJournal(write.key) &&
  write.change !== undefined &&
  write.version === write.expected;

/** The state that a write gives to an entry of the journal. */
export const stateIn = (write: RawWrite): unknown => {
  if (!isOfJournal(keyOf(write))) return undefined;
  if (write.kind === 'create') return write.document.fields?.['state'];
  return write.kind === 'update' && write.change?.kind === 'patch' ? write.change.set['state'] : undefined;
};
