import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWaybillError } from '@waybill/core';
import { openDeployment } from './deployment.ts';
import { bookTrip } from './reserve-seat.ts';

const folder = await mkdtemp(join(tmpdir(), 'effect-undo-'));
const database = join(folder, 'waybill.db');
const seat = join(folder, 'seat-12a');

const startWorkerProcess = (name: string): ChildProcess =>
  fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [name, database]);
const whetherTaken = (): string => (existsSync(seat) ? 'the seat is taken' : 'the seat is free');

const waybill = await openDeployment(database);
const trip = await waybill.submit(bookTrip, { file: seat, guest: 'Ada' });
console.log(`before: ${whetherTaken()}`);

const [, signal] = await once(startWorkerProcess('one'), 'exit');
console.log(`worker one ended by ${signal}: ${whetherTaken()}, the task is ${await trip.status()}`);

const second = startWorkerProcess('two');
const outcome = await trip.result({ timeoutMs: 30_000 }).catch((error: unknown) => error);
console.log(isWaybillError(outcome) ? outcome.message : outcome);
console.log(`after: ${whetherTaken()}, the task is ${await trip.status()}`);

const ended = once(second, 'exit');
second.disconnect();
await ended;
await waybill.close();
await rm(folder, { recursive: true });
