import type { DocumentStore, MessageChannel, TaskBroker } from '@waybill/core';
import type { Harness } from '../conformance/harness.ts';

/** The harnesses of one technology: one for each port that it has an adapter for. What a harness module exports. */
export interface Harnesses {
  readonly technology: string;
  /** Each starts, or finds, its backend; `dispose` of the harness stops it again. */
  readonly store?: () => Promise<Harness<DocumentStore>>;
  readonly broker?: () => Promise<Harness<TaskBroker>>;
  readonly channel?: () => Promise<Harness<MessageChannel>>;
}
