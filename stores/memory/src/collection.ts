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

/** Places are found for so many at once even if no query asks: it should not have to wait until a million have theirs. */
const mostMoved = 512;

/**
 * The documents of one collection and what its indexes know of them. A document that moves is found its place when next
 * somebody looks into an index, since most move on before that.
 */
export class Collection {
  readonly #name: string;
  readonly #tenants = new Map<string, Map<string, Document>>();
  /** The tenant asked for last, since mostly the next one is the same. */
  #last: { readonly tenant: string; readonly documents: Map<string, Document> } | undefined;
  readonly #indexes: FieldIndex[] = [];
  /** Documents whose places in the indexes are yet to be found. */
  #moved: Document[] = [];

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

  /** Up to date. */
  index(name: string): FieldIndex | undefined {
    if (this.#moved.length > 0) this.#findPlaces();
    return this.#indexes.find((index) => index.spec.name === name);
  }

  get({ tenant, id }: Key): Document | undefined {
    return this.#of(tenant)?.get(id);
  }

  put(key: Key, version: number, fields: Fields): void {
    const present = this.get(key);
    if (present === undefined) return this.#add(newDocument(key, version, fields));
    replaceFields(present, version, fields);
    this.#findPlaceLater(present);
  }

  patch(document: Document, version: number, patch: Fields): void {
    patchDocument(document, version, patch);
    if (this.#indexes.some((index) => index.covers(patch))) this.#findPlaceLater(document);
  }

  delete(key: Key): void {
    const documents = this.#of(key.tenant);
    const document = documents?.get(key.id);
    if (documents === undefined || document === undefined) return;
    documents.delete(key.id);
    if (documents.size === 0) {
      this.#tenants.delete(key.tenant);
      this.#last = undefined;
    }
    for (const place of document.places) place?.group?.remove(place);
    document.state = 'deleted';
  }

  #add(document: Document): void {
    const { tenant, id } = document.key;
    let documents = this.#of(tenant);
    if (documents === undefined) this.#tenants.set(tenant, (documents = new Map()));
    documents.set(id, document);
    this.#findPlaceLater(document);
  }

  #of(tenant: string): Map<string, Document> | undefined {
    if (this.#last?.tenant === tenant) return this.#last.documents;
    const documents = this.#tenants.get(tenant);
    if (documents !== undefined) this.#last = { tenant, documents };
    return documents;
  }

  #findPlaceLater(document: Document): void {
    if (document.state === 'moved') return;
    document.state = 'moved';
    if (this.#moved.push(document) === mostMoved) this.#findPlaces();
  }

  #findPlaces(): void {
    const moved = this.#moved;
    this.#moved = [];
    for (const document of moved) {
      if (document.state === 'deleted') continue;
      document.state = 'placed';
      for (let slot = 0; slot < this.#indexes.length; slot++) {
        const index = this.#indexes[slot];
        if (index !== undefined) place(document, slot, index);
      }
    }
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
