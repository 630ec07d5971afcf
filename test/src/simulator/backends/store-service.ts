import type { DocumentStore, Key, Stored } from '@waybill/core';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';

/** The one store of a simulated deployment: what is committed in it, whatever it does with it inside. */
export interface StoreService {
  /** How long the transactions of a dead process may stand in the way of others. */
  readonly patienceMs: number;
  now(): number;
  /** The server's clock is set. */
  jump(ms: number): void;
  get(key: Key): Stored | undefined;
  all(collection: string): Stored[];
  /** The client of one process. */
  open(link: Link, process: SimProcess): DocumentStore;
}
