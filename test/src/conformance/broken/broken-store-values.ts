import type { Fields, Json, Stored } from '@waybill/core';
import { type BrokenStore, faulty, one, stores, writes } from './broken-store.ts';

/** Changes every value at any depth, from the inside out. */
const deeply = (fields: Fields, change: (value: Json | undefined) => Json | undefined): Fields => {
  const walk = (value: Json | undefined): Json | undefined => {
    if (Array.isArray(value)) return change(value.map((each: Json) => walk(each) ?? null));
    if (typeof value !== 'object' || value === null) return change(value);
    return change(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)])));
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, walk(value)]));
};

const values = (change: (value: Json | undefined) => Json | undefined) =>
  stores((fields) => deeply(fields, change));
const texts = (change: (text: string) => Json) =>
  values((value) => (typeof value === 'string' ? change(value) : value));

const looksLikeJson = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return text; // most text is not JSON
  }
};

/** Copies by assignment, as one does. */
const assigned = (fields: Fields): Fields => {
  const copy: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(fields)) copy[name] = value;
  return copy;
};

/** Faults in what a document holds. */
export const brokenValues: readonly BrokenStore[] = [
  faulty(
    'keeps empty arrays as empty objects',
    ['STORE-062'],
    values((value) => (Array.isArray(value) && value.length === 0 ? {} : value)),
  ),
  faulty(
    'drops fields that are null',
    ['STORE-062', 'STORE-004'],
    values((value) => value ?? undefined),
  ),
  faulty(
    'keeps numbers in 32 bits',
    ['STORE-063'],
    values((value) => (typeof value === 'number' ? Math.fround(value) : value)),
  ),
  faulty(
    'keeps whole numbers in 64 bits',
    ['STORE-063'],
    values((value) =>
      typeof value === 'number' && Number.isInteger(value) ? Number(BigInt.asIntN(64, BigInt(value))) : value,
    ),
  ),
  faulty(
    'cuts text at NUL',
    ['STORE-064'],
    texts((text) => text.split('\0', 1)[0] ?? ''),
  ),
  faulty(
    'normalises text',
    ['STORE-064'],
    texts((text) => text.normalize('NFC')),
  ),
  faulty(
    'trims text',
    ['STORE-064'],
    texts((text) => text.trim()),
  ),
  faulty('parses text that looks like JSON', ['STORE-065'], texts(looksLikeJson)),
  faulty(
    'makes dates of text that looks like one',
    ['STORE-065'],
    texts((text) => (/^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : text)),
  ),
  faulty(
    'drops fields whose name begins with a dollar',
    ['STORE-066'],
    stores((fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith('$')))),
  ),
  faulty(
    'takes dots in names for a path',
    ['STORE-066'],
    stores((fields) =>
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replaceAll('.', '/'), value])),
    ),
  ),
  faulty('copies fields by assignment', ['STORE-067'], stores(assigned)),
  faulty(
    'keeps undefined as null',
    ['STORE-069'],
    stores((fields, kind) => (kind === 'put' ? deeply(fields, (value) => value ?? null) : fields)),
  ),
  faulty(
    'cuts text at 64 KiB',
    ['STORE-070'],
    texts((text) => text.slice(0, 65_536)),
  ),
  faulty(
    'keeps the first 1,000 fields',
    ['STORE-070'],
    stores((fields) => Object.fromEntries(Object.entries(fields).slice(0, 1_000))),
  ),
  {
    fault: 'hands out what it keeps',
    caughtBy: ['STORE-071'],
    breaker: () => {
      const kept = new Map<number, Stored>();
      return faulty('', [''], (store) => ({
        get: async (keys) =>
          (await store.get(keys)).map((stored) => {
            if (stored !== undefined && !kept.has(stored.version)) kept.set(stored.version, stored);
            return stored && kept.get(stored.version);
          }),
      })).breaker();
    },
  },
  faulty('keeps what it was handed', ['STORE-071'], (store) => {
    const handed = new Map<string, Fields>();
    return {
      commit: (batch) => {
        for (const { writes } of batch)
          for (const write of writes) if (write.kind === 'put') handed.set(write.key.id, write.fields);
        return store.commit(batch);
      },
      get: async (keys) =>
        (await store.get(keys)).map(
          (stored) => stored && { ...stored, fields: handed.get(stored.key.id) ?? stored.fields },
        ),
    };
  }),
  faulty(
    'leaves what is kept apart when a document is replaced',
    ['STORE-072'],
    writes(async (write, store) => {
      if (write.kind !== 'put') return write;
      const { input, progress } = (await one(store, write.key))?.fields ?? {};
      return { ...write, fields: { input, progress, ...write.fields } };
    }),
  ),
];
