import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type State = 'on' | 'undone';

/**
 * A service outside of the store that honours keys and leaves tombstones: a file per key, which says `on` or
 * `undone`. Linking creates it whole or not at all, and renaming replaces it so, whoever is killed meanwhile.
 */
export class FileAgent {
  readonly #folder: string;
  #drafts = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Doing twice is doing once; after the tombstone it is refused. */
  do(key: string): 'done' | 'refused' {
    if (this.#create(key, 'on')) return 'done';
    return this.#read(key) === 'on' ? 'done' : 'refused';
  }

  /** Undoing what was never done leaves the tombstone. */
  undo(key: string): void {
    if (this.#create(key, 'undone')) return;
    const draft = this.#draft('undone');
    renameSync(draft, join(this.#folder, key));
  }

  /** Undoes it without a tombstone, as a service does that knows no keys. */
  forget(key: string): void {
    rmSync(join(this.#folder, key), { force: true });
  }

  isOn(key: string): boolean {
    return this.#read(key) === 'on';
  }

  /** Whether this key has to fail once more; `times` in all. */
  refuses(key: string, times: number): boolean {
    for (let n = 1; n <= times; n++) if (this.#create(`${key}-refusal-${n}`, 'undone')) return true;
    return false;
  }

  /** Every key that is on. */
  keysOn(): string[] {
    return readdirSync(this.#folder).filter((name) => !name.startsWith('draft-') && this.isOn(name));
  }

  #read(key: string): State | undefined {
    try {
      return readFileSync(join(this.#folder, key), 'utf8') as State; // written below
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #create(key: string, state: State): boolean {
    const draft = this.#draft(state);
    try {
      linkSync(draft, join(this.#folder, key));
      return true;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    } finally {
      rmSync(draft);
    }
  }

  #draft(state: State): string {
    const path = join(this.#folder, `draft-${process.pid}-${performance.timeOrigin}-${++this.#drafts}`);
    writeFileSync(path, state);
    return path;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
