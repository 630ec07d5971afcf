import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Doorbell } from './doorbell.ts';

const longMs = 60_000;
let directory: string;
let path: string;
const made: (Doorbell | ChildProcess)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-bell-'));
  path = join(directory, 'bell');
});

afterEach(() => {
  for (const thing of made.splice(0)) {
    if (thing instanceof Doorbell) thing.close();
    else thing.kill('SIGKILL');
  }
  rmSync(directory, { recursive: true });
});

const bell = (changed = () => false, at = path): Doorbell => {
  const doorbell = new Doorbell({ path: at, changed });
  made.push(doorbell);
  return doorbell;
};

describe('a doorbell', () => {
  it('wakes all who wait in this process', async () => {
    const doorbell = bell();
    const heard = doorbell.listen();
    const waiting = [doorbell.wait(heard, longMs), doorbell.wait(heard, longMs)];
    doorbell.ring();
    await Promise.all(waiting);
  });

  it('does not let anyone sleep who has not looked since it rang', async () => {
    const doorbell = bell(() => false, join(directory, 'missing', 'bell'));
    const heard = doorbell.listen();
    doorbell.ring();
    await doorbell.wait(heard, longMs);
  });

  it('wakes another bell at the same place, also after it was removed', async () => {
    const [here, there] = [bell(), bell()];
    const first = there.wait(there.listen(), longMs);
    here.ring();
    await first;
    const removed = there.wait(there.listen(), longMs);
    rmSync(path);
    await removed;
    await new Promise((resolve) => setTimeout(resolve, 50)); // until all that the removal caused is over
    const again = there.wait(there.listen(), longMs);
    here.ring();
    await again;
  });

  it('lets go after the time, on abort and on close', async () => {
    const doorbell = bell();
    await doorbell.wait(doorbell.listen(), 5);
    const abort = new AbortController();
    const aborted = doorbell.wait(doorbell.listen(), longMs, abort.signal);
    abort.abort();
    await aborted;
    await doorbell.wait(doorbell.listen(), longMs, abort.signal);
    const closed = doorbell.wait(doorbell.listen(), longMs);
    doorbell.close();
    await closed;
    await doorbell.wait(doorbell.listen(), longMs);
  });

  it('that nobody can hear still wakes by looking at what has changed', async () => {
    let changes = 0;
    const doorbell = bell(() => changes++ === 3, join(directory, 'missing', 'bell'));
    await doorbell.wait(doorbell.listen(), longMs);
    expect(changes).toBe(4);
  });

  it('that cannot ask what has changed wakes who waits, each time after a pause', async () => {
    let asked = 0;
    const fail = (): boolean => {
      asked++;
      throw new Error('disk I/O error');
    };
    const doorbell = bell(fail, join(directory, 'missing', 'bell'));
    const startedAt = performance.now();
    for (let round = 0; round < 5; round++) await doorbell.wait(doorbell.listen(), longMs);
    expect(asked).toBe(5);
    expect(performance.now() - startedAt).toBeGreaterThan(70); // 10 ms and more each time
  });

  it('rings within 20 ms in another process, and hears every one of many rings', async () => {
    const echo = spawn(
      process.execPath,
      ['--conditions=@waybill/source', '--input-type=module', '-e', echoScript(path)],
      { stdio: ['pipe', 'pipe', 'inherit'], cwd: import.meta.dirname },
    );
    made.push(echo);
    await once(echo.stdout, 'data');
    const doorbell = bell();
    const tookMs: number[] = [];
    for (let round = 0; round < 100; round++) {
      const answered = once(echo.stdout, 'data');
      const startedAt = performance.now();
      doorbell.ring();
      await answered;
      tookMs.push(performance.now() - startedAt);
    }
    tookMs.sort((a, b) => a - b);
    expect(tookMs[50]).toBeLessThan(20); // the median: this computer may be busy with other tests
  });
});

const echoScript = (at: string): string => `
  import { Doorbell } from '@waybill/sqlite';
  import { writeSync } from 'node:fs';
  const bell = new Doorbell({ path: ${JSON.stringify(at)}, changed: () => false });
  for (;;) {
    const heard = bell.listen();
    writeSync(1, 'x');
    await bell.wait(heard, 600_000);
  }`;
