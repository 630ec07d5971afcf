import type { SingleDocuments } from '../single-documents.ts';

/** A namespace to try a case in: a case of the conformance kit, whose clients are of single documents. */
export interface DocumentsWorld {
  /** A client of a new, empty namespace. */
  fresh(): Promise<SingleDocuments>;
  /** A second client of the same namespace. */
  another(): Promise<SingleDocuments>;
}

/** One promise of `SingleDocuments`; `describeConformance` of `@waybill/testing/vitest` binds it. */
export interface DocumentsCase {
  readonly id: string;
  readonly promise: string;
  check(world: DocumentsWorld): Promise<void>;
}
