import { isWaybillError, pointNames, sleep } from '@waybill/core';
import { startWorker, type Worker } from '@waybill/workers';
import type { Deployment } from './deployment.ts';
import { Knowledge } from './knowledge.ts';
import type { Random } from './random.ts';
import type { PointFault, SimProcess } from './sim-process.ts';
import { effectNamesOf } from './workload/effects.ts';
import { taskTypes, type Topic } from './workload/task-types.ts';

/** One worker process of the simulated deployment. */
export interface WorkerProcess {
  readonly process: SimProcess;
  worker: Worker | undefined;
  isStopping: boolean;
}

/** Keeps some workers running: where one dies or stops, another one starts after a while. */
export class Workers {
  readonly #deployment: Deployment;
  readonly #random: Random;
  readonly #knowledge: Knowledge;
  readonly #all: WorkerProcess[] = [];

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    this.#random = deployment.random.fork('workers');
    this.#knowledge = new Knowledge(deployment.random.fork('knowledge'));
  }

  get alive(): WorkerProcess[] {
    return this.#all.filter(({ process }) => process.isAlive);
  }

  /** Nobody works on anything, stands still or is about to stop. */
  get areIdle(): boolean {
    return this.alive.every(
      ({ process, worker, isStopping }) => !process.isPaused && !isStopping && (worker?.running ?? 0) === 0,
    );
  }

  /** A worker at this place, and after its end always another one. */
  start(place: number): void {
    const process = this.#deployment.spawn('worker', this.#drawPoint());
    const known = this.#knowledge.draw(place);
    const { world, settings } = this.#deployment;
    world.record({
      kind: 'knows',
      at: world.now,
      by: process.name,
      topics: known.map((topic) => taskTypes[topic].topic),
      effects: effectNamesOf(known),
    });
    world.tell(process.name, `knows ${known.join(', ')}`);
    const member: WorkerProcess = { process, worker: undefined, isStopping: false };
    this.#all.push(member);
    process.onDeath(() => {
      world.after(this.#random.next() * settings.leaseMs, () => this.start(place));
    });
    world.guard(process.name, this.#work(member, known));
  }

  /** As after SIGTERM. */
  stop(member: WorkerProcess): void {
    this.#deployment.world.guard(member.process.name, this.#stop(member));
  }

  async #stop(member: WorkerProcess): Promise<void> {
    if (member.isStopping || member.worker === undefined) return;
    member.isStopping = true;
    this.#deployment.world.tell(member.process.name, 'is asked to stop');
    await member.worker.stop();
    member.process.crash('has stopped');
  }

  async #work(member: WorkerProcess, known: readonly Topic[]): Promise<void> {
    const { process } = member;
    const waybill = await this.#deployment.open(process, known);
    const slots = { critical: 2, normal: 2, batch: 1 };
    while (member.worker === undefined) {
      try {
        member.worker = await startWorker(waybill, { slots, shutdownMs: this.#random.scale(1, 3_000) });
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        await sleep(process.runtime, 50);
      }
    }
  }

  #drawPoint(): PointFault | undefined {
    const { faults, isCalm, settings } = this.#deployment;
    if (isCalm || !this.#random.chance(0.7 * faults.pointFaults)) return undefined;
    const point = this.#random.pick(pointNames);
    const nth = this.#random.whole(1, 6);
    return this.#random.chance(0.6)
      ? { point, nth }
      : { point, nth, pauseMs: this.#random.scale(1, 3 * settings.leaseMs) };
  }
}
