import { type Expectation, type Fields, type Json, type Key, setField, withoutAbsent } from '@waybill/core';

/** A document as it was in the row `doc` when that row had this version. */
export interface Recent {
  readonly tenant: string;
  readonly doc: number;
  readonly version: number;
  /** Flat, and `undefined` for absent. Never changed. */
  readonly fields: Fields;
}

/** Of each of two generations: tasks are claimed up to a broker's whole window after they were found. */
const mostInGeneration = 8_192;
/** In characters of text, so that both generations stay below about 32 MB. */
const largestDocument = 1_000;

/**
 * Documents that this process has just read or written. No truth: a version is never given twice, so a row that
 * still has it is still this document, and the statement that uses one looks. What it saves is finding the row
 * by its key and reading it, which is half the cost of a claim.
 */
export class RecentDocuments {
  #young = new Map<string, Recent | undefined>();
  #old = new Map<string, Recent | undefined>();

  get({ tenant, id }: Key): Recent | undefined {
    const recent = this.#young.get(id) ?? this.#old.get(id);
    return recent?.tenant === tenant ? recent : undefined;
  }

  /** Keeps small and flat documents only. */
  remember(id: string, recent: Recent): void {
    if (!isSmallAndFlat(recent.fields)) return;
    if (this.#young.size >= mostInGeneration) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, recent);
  }

  /** What is deleted from a busy map lives on for long in the tables that it has outgrown; see `Bag`. */
  forget({ id }: Key): void {
    if (this.#young.get(id) !== undefined) this.#young.set(id, undefined);
    if (this.#old.get(id) !== undefined) this.#old.set(id, undefined);
  }

  /** After a write that was not committed: its versions may be given again. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

/** Whether all of them held when the document was as it is here. */
export const agrees = ({ version, fields }: Recent, expect: readonly Expectation[]): boolean => {
  for (const expectation of expect) {
    if (expectation.kind === 'version' && expectation.version === version) continue;
    if (expectation.kind !== 'fields') return false;
    for (const name of Object.keys(expectation.fields)) {
      const expected = expectation.fields[name];
      if (fields[name] !== expected && (expected !== null || isPresent(fields, name))) return false;
    }
  }
  return true;
};

/** `null` stands for absent as well. What every object inherits is no field. */
const isPresent = (fields: Fields, name: string): boolean =>
  Object.hasOwn(fields, name) && (fields[name] ?? null) !== null;

/** The fields after a patch whose values are known to be JSON. */
export const patched = (fields: Fields, patch: Fields): Fields => {
  const result: Record<string, Json | undefined> = { ...fields };
  for (const name of Object.keys(patch)) {
    const value = patch[name];
    setField(result, name, typeof value === 'number' ? value + 0 : value); // JSON has no negative zero
  }
  return result;
};

/** A copy for a reader. */
export const presentFields = (fields: Fields): Fields => withoutAbsent({ ...fields });

const isSmallAndFlat = (fields: Fields): boolean => {
  let size = 0;
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'string') size += value.length;
    else if (typeof value === 'object' && value !== null) return false;
  }
  return size <= largestDocument;
};
