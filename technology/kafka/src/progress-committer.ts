import { isWaybillError } from '@waybill/core';
import type { Committed, GroupOutcome, KafkaClient } from './kafka-client.ts';
import { nameOf, placeOf } from './place-name.ts';

export interface ProgressCommitterOptions {
  readonly client: KafkaClient;
  readonly groupId: string;
  /** How far everything that is held here is done with. */
  progress(): readonly Committed[];
  /** As the member that this process is. */
  commit(commits: readonly Committed[]): Promise<GroupOutcome>;
}

const betweenMs = 100;

/** Commits how far a group is, of what this process holds, where that has changed. */
export class ProgressCommitter {
  readonly #options: ProgressCommitterOptions;
  readonly #committed = new Map<string, string>();
  readonly #begun = new Set<string>();
  #committing: Promise<void> | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: ProgressCommitterOptions) {
    this.#options = options;
  }

  /** Whether each of these partitions has a place from which the group goes on. */
  async haveBegun(names: readonly string[]): Promise<boolean> {
    const missing = names.filter((name) => !this.#begun.has(name));
    if (missing.length === 0) return true;
    const { client, groupId } = this.#options;
    for (const commit of await client.committed(groupId, missing.map(placeOf)))
      this.#begun.add(nameOf(commit));
    return names.every((name) => this.#begun.has(name));
  }

  /** Another one may have committed something else since. */
  forget(name: string): void {
    this.#committed.delete(name);
  }

  /** Commits what has changed, unless that was done a moment ago. */
  tick(): void {
    if (performance.now() - this.#flushedAt >= betweenMs) this.flush();
  }

  flush(): void {
    if (this.#committing !== undefined || this.#isClosed) return;
    this.#flushedAt = performance.now();
    const changed = this.#options
      .progress()
      .filter((each) => this.#committed.get(nameOf(each)) !== textOf(each));
    if (changed.length === 0) return;
    this.#committing = this.#commit(changed).finally(() => (this.#committing = undefined));
  }

  /** Commits what is known now for the last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const last = this.#options.progress();
    await this.#committing;
    if (last.length > 0) await this.#commit(last);
  }

  async #commit(commits: readonly Committed[]): Promise<void> {
    try {
      if ((await this.#options.commit(commits)) !== 'ok') return;
      for (const each of commits) {
        this.#committed.set(nameOf(each), textOf(each));
        this.#begun.add(nameOf(each));
      }
    } catch (error) {
      if (!isWaybillError(error)) throw error; // the next one says the same and more
    }
  }
}

const textOf = ({ offset, note }: Committed): string => `${offset} ${note}`;
