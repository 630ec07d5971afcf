import type { Document } from './document.ts';
import type { Group } from './group.ts';

/** Where a document stands among those with the same equality values; also the ends of a range. */
export interface Place {
  /** The last field of the index, its text made `sortable`. */
  readonly value: string | number;
  /** 0 for documents; -1 and 1 stand before and behind every document of the same value. */
  readonly side: -1 | 0 | 1;
  readonly tenant: string;
  readonly id: string;
  /** Absent for the ends of a range. */
  readonly document: Document | undefined;
  /** Which it belongs to by its equality values. Absent for the ends of a range. */
  readonly group: Group | undefined;
}

export const comparePlaces = (a: Place, b: Place): number =>
  compareValues(a.value, b.value) ||
  a.side - b.side ||
  compareTexts(a.tenant, b.tenant) ||
  compareTexts(a.id, b.id);

const compareValues = (a: string | number, b: string | number): number => {
  if (a === b) return 0;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : 1;
};

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
