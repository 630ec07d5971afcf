import {
  type CollectionSpec,
  type Fields,
  type IndexSpec,
  type Key,
  PayloadError,
  sameIndex,
} from '@waybill/core';
import { type Document, newDocument, patchDocument, replaceFields } from './document.ts';
import { FieldIndex } from './field-index.ts';

/** The documents of one collection and what its indexes know of them. */
export class Collection {
  readonly #name: string;
  readonly #tenants = new Map<string, Map<string, Document>>();
  readonly #indexes: FieldIndex[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds the indexes that are new, over the documents that are there. Throws before it adds any. */
  declare({ indexes = [] }: CollectionSpec): void {
    const added = indexes.filter((spec) => !this.#isDeclared(spec));
    for (const spec of added) {
      const index = new FieldIndex(spec);
      const slot = this.#indexes.push(index) - 1;
      for (const documents of this.#tenants.values())
        for (const document of documents.values()) place(document, slot, index);
    }
  }

  index(name: string): FieldIndex | undefined {
    return this.#indexes.find((index) => index.spec.name === name);
  }

  get({ tenant, id }: Key): Document | undefined {
    return this.#tenants.get(tenant)?.get(id);
  }

  put(key: Key, version: number, fields: Fields): void {
    const present = this.get(key);
    if (present === undefined) return this.#add(newDocument(key, version, fields));
    replaceFields(present, version, fields);
    for (const [slot, index] of this.#indexes.entries()) place(present, slot, index);
  }

  patch(document: Document, version: number, patch: Fields): void {
    patchDocument(document, version, patch);
    for (let slot = 0; slot < this.#indexes.length; slot++) {
      const index = this.#indexes[slot];
      if (index?.covers(patch)) place(document, slot, index);
    }
  }

  delete(key: Key): void {
    const documents = this.#tenants.get(key.tenant);
    const document = documents?.get(key.id);
    if (documents === undefined || document === undefined) return;
    documents.delete(key.id);
    if (documents.size === 0) this.#tenants.delete(key.tenant);
    for (const place of document.places) place?.group?.remove(place);
  }

  #add(document: Document): void {
    const { tenant, id } = document.key;
    let documents = this.#tenants.get(tenant);
    if (documents === undefined) this.#tenants.set(tenant, (documents = new Map()));
    documents.set(id, document);
    for (const [slot, index] of this.#indexes.entries()) place(document, slot, index);
  }

  #isDeclared(spec: IndexSpec): boolean {
    const declared = this.index(spec.name)?.spec;
    if (declared === undefined) return false;
    if (sameIndex(declared, spec)) return true;
    throw new PayloadError(`index ${spec.name} of ${this.#name} is declared with other fields already`, {
      fix: 'give the changed index a new name',
    });
  }
}

/** Moves the document to where it belongs now in this index, if it is not there yet. */
const place = (document: Document, slot: number, index: FieldIndex): void => {
  const old = document.places[slot];
  const next = index.locate(document);
  if (old !== undefined && next !== undefined && old.value === next.value && old.group === next.group) return;
  // In this order, since a group does not last without a place in it.
  next?.group?.insert(next);
  old?.group?.remove(old);
  document.places[slot] = next;
};
