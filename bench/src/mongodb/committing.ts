import type { Contender } from '../contender.ts';
import { missing } from '../scenario.ts';

/** What the scenarios of this suite need besides. Each method resolves when it is as durable as it will be. */
export interface Committing extends Contender {
  /** Makes documents 0 to `count` - 1, each open for changes. */
  fill(count: number): Promise<void>;
  /** Changes these documents, if they are still open: all of them, or none. */
  change(documents: readonly number[], n: number): Promise<void>;
  /** Takes the document for itself, if nobody has, and reads it. */
  claim?(document: number): Promise<void>;
  /** Ends what it has taken. */
  finish?(document: number): Promise<void>;
}

export const committing = (contender: Contender): Committing =>
  'fill' in contender && 'change' in contender ? (contender as Committing) : missing('commits');

/** 100 bytes beside what changes. */
export const text = 'x'.repeat(100);
