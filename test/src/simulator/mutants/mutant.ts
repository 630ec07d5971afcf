import type { Ports } from '@waybill/core';
import type { SingleDocuments } from '@waybill/journaled';
import type { SimProcess } from '../sim-process.ts';

/** Puts itself between the core of one process and its ports. */
export type Disguise = (ports: Ports, process: SimProcess) => Ports;

/** A protocol bug, planted from the outside: at the seams between core and what it stands on. */
export interface Mutant {
  readonly name: string;
  /** What is wrong now, in one sentence. */
  readonly bug: string;
  readonly ports?: Disguise;
  /** Puts itself between the journaled protocol of one process and its documents; found with a journaled store only. */
  readonly documents?: (documents: SingleDocuments, process: SimProcess) => SingleDocuments;
  /** The test that finds it, where chance would take too long: its file and its name. */
  readonly directed?: string;
  /** The agent forgets that it was asked to undo what it had not done. */
  readonly agentForgets?: boolean;
}
