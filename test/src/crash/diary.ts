import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CancelAnswer } from '@waybill/core';
import type { Plan } from './workload/plan.ts';

/** What a client means to submit: enough to submit it again. */
export interface Intent {
  readonly key: string;
  readonly plan: Plan;
  readonly delayMs?: number;
  /** It is to be cancelled, sooner or later. */
  readonly cancels?: boolean;
}

/** What a client did and was answered. An intent without an answer may or may not have happened. */
export type Entry =
  | { readonly kind: 'intends'; readonly intent: Intent }
  | {
      readonly kind: 'submitted';
      readonly key: string;
      readonly id: string;
      readonly outcome: 'created' | 'existing';
    }
  | { readonly kind: 'cancelled'; readonly id: string; readonly answer: CancelAnswer['answer'] };

const folderOf = (run: string): string => join(run, 'diary');
const fileOf = (run: string, process: string): string => join(folderOf(run), `${process}.jsonl`);

/** Written before and after every request: the file outlives the process, however it ends. */
export class Diary {
  readonly #path: string;

  constructor(run: string, process: string) {
    mkdirSync(folderOf(run), { recursive: true });
    this.#path = fileOf(run, process);
  }

  write(entry: Entry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }
}

/** Whether this process has come as far as to submit something. */
export const hasDiary = (run: string, process: string): boolean => existsSync(fileOf(run, process));

/** What all processes of a run have written. A last line that a kill cut off is left out: nothing followed it. */
export const readDiaries = (run: string): readonly Entry[] => {
  mkdirSync(folderOf(run), { recursive: true });
  return readdirSync(folderOf(run)).flatMap(
    (name) =>
      readFileSync(join(folderOf(run), name), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Entry), // as written above
  );
};
