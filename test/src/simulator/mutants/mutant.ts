import type { Ports } from '@waybill/core';
import type { SimProcess } from '../sim-process.ts';

/** A protocol bug, planted from the outside: at the seams between core and what it stands on. */
export interface Mutant {
  readonly name: string;
  /** What is wrong now, in one sentence. */
  readonly bug: string;
  /** Puts itself between the core of one process and its ports. */
  readonly ports?: (ports: Ports, process: SimProcess) => Ports;
  /** The agent forgets that it was asked to undo what it had not done. */
  readonly agentForgets?: boolean;
}
