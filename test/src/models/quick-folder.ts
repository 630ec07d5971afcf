import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';

/** A new folder, in memory where the machine can keep files there: what is tried is the code, not the disk. */
export const makeQuickFolder = (): Promise<string> =>
  mkdtemp(join(existsSync(memory) ? memory : tmpdir(), 'waybill-quick-'));
