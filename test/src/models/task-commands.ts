import assert from 'node:assert/strict';
import { claimTask, reapExpired, Reports, Unit } from '@waybill/core';
import type { ClientNumber } from './clients.ts';
import { checkTasks } from './task-check.ts';
import { type Hold, leaseMs, longestDelayMs, type TaskOracle, type Topic } from './task-oracle.ts';
import { cancelOf, pick, type TaskCommand, type TaskModel } from './task-state.ts';
import { beginning, type Claim, handlers, type TaskWorld } from './task-world.fixture.ts';

export class Submit implements TaskCommand {
  readonly #by: ClientNumber;
  readonly #topic: Topic;
  readonly #options: { readonly key: string | undefined; readonly isDelayed: boolean };

  constructor(
    by: ClientNumber,
    topic: Topic,
    options: { readonly key: string | undefined; readonly isDelayed: boolean },
  ) {
    this.#by = by;
    this.#topic = topic;
    this.#options = options;
  }

  check(): boolean {
    return true;
  }

  async run({ oracle }: TaskModel, world: TaskWorld): Promise<void> {
    const { key, isDelayed } = this.#options;
    const task = await world.node(this.#by).waybill.submit(handlers[this.#topic], null, {
      ...(key !== undefined && { idempotencyKey: key }),
      ...(isDelayed && { dueAt: beginning + oracle.now + longestDelayMs }),
    });
    const answer = `${task.outcome} ${world.numberOf(task.id)}`;
    assert.equal(answer, oracle.submit(this.#topic, this.#options), 'the answer of submit');
    await checkTasks(oracle, world);
  }

  toString(): string {
    const { key, isDelayed } = this.#options;
    return `node${this.#by}.submit(${this.#topic}${key === undefined ? '' : ` key ${key}`}${isDelayed ? ' later' : ''})`;
  }
}

/**
 * `next`: of the tasks that can be claimed, with the ticket that was issued for it. Of all tasks: with the ticket
 * of now, whether they can be claimed or not, or with one from before the last claim.
 */
export type Which = 'next' | 'any' | 'old ticket';

export class TryClaim implements TaskCommand {
  readonly #by: ClientNumber;
  readonly #what: Which;
  readonly #which: number;

  constructor(by: ClientNumber, what: Which, which: number) {
    this.#by = by;
    this.#what = what;
    this.#which = which;
  }

  check({ oracle }: TaskModel): boolean {
    return this.#candidates(oracle).length > 0;
  }

  async run(model: TaskModel, world: TaskWorld): Promise<void> {
    const { oracle } = model;
    const task = pick(this.#candidates(oracle), this.#which);
    const epoch = pick(oracle.tasks, task).epoch - (this.#what === 'old ticket' ? 1 : 0);
    const hold = oracle.claim(task, epoch);
    const claim = await claimIt(world, { by: this.#by, task, epoch, hold });
    assert.equal(claim === undefined, hold === undefined, 'whether the claim fails');
    if (claim !== undefined) model.claims = [...model.claims, claim];
    await checkTasks(oracle, world);
  }

  #candidates({ tasks }: TaskOracle): readonly number[] {
    return tasks.flatMap(({ phase }, n) => (this.#what === 'next' && phase !== 'available' ? [] : [n]));
  }

  toString(): string {
    return `node${this.#by}.claim(${this.#what} ${this.#which})`;
  }
}

const claimIt = async (
  world: TaskWorld,
  { by, task, epoch, hold }: { by: ClientNumber; task: number; epoch: number; hold: Hold | undefined },
): Promise<Claim | undefined> => {
  const node = world.node(by);
  const { context } = node.engine;
  const ticket = {
    tenant: 'default',
    taskId: world.idOf(task),
    queue: 'normal',
    rank: 5,
    epoch,
  } as const;
  const lease = await claimTask(context, ticket, `node${by}`);
  if (lease === undefined || hold === undefined) return undefined;
  return { hold, node, lease, unit: new Unit(context, lease, new Reports(context, lease), 'serializable') };
};

/** What operators do. */
export class Operate implements TaskCommand {
  readonly #by: ClientNumber;
  readonly #what: 'cancel' | 'retry';
  readonly #which: number;

  constructor(by: ClientNumber, what: 'cancel' | 'retry', which: number) {
    this.#by = by;
    this.#what = what;
    this.#which = which;
  }

  check({ oracle }: TaskModel): boolean {
    return oracle.tasks.length > 0;
  }

  async run({ oracle }: TaskModel, world: TaskWorld): Promise<void> {
    const task = this.#which % oracle.tasks.length;
    assert.equal(await this.#act(world, task), oracle[this.#what](task), `the answer of ${this.#what}`);
    await checkTasks(oracle, world);
  }

  async #act(world: TaskWorld, task: number): Promise<string> {
    const { waybill } = world.node(this.#by);
    if (this.#what === 'cancel') return cancelOf(await waybill.cancel(world.idOf(task)));
    const answer = await waybill.retry(world.idOf(task));
    return answer.answer === 'replayed' ? `replayed ${world.numberOf(answer.id)}` : answer.answer;
  }

  toString(): string {
    return `node${this.#by}.${this.#what}(task${this.#which})`;
  }
}

/** The loops that every node runs. */
export class Sweep implements TaskCommand {
  readonly #by: ClientNumber;
  readonly #what: 'dispatch' | 'reap' | 'reap after a lease';

  constructor(by: ClientNumber, what: 'dispatch' | 'reap' | 'reap after a lease') {
    this.#by = by;
    this.#what = what;
  }

  check({ oracle }: TaskModel): boolean {
    return oracle.tasks.length > 0;
  }

  async run({ oracle }: TaskModel, world: TaskWorld): Promise<void> {
    const { engine, dispatcher } = world.node(this.#by);
    if (this.#what === 'dispatch') {
      oracle.dispatch();
      world.sleep(2 * longestDelayMs);
      await dispatcher.sweep();
    } else {
      const ms = this.#what === 'reap' ? 0 : leaseMs;
      world.sleep(ms);
      oracle.now += ms;
      oracle.reap();
      await reapExpired(engine.context);
    }
    await checkTasks(oracle, world);
  }

  toString(): string {
    return `node${this.#by}.${this.#what}()`;
  }
}

export class RefuseUndo implements TaskCommand {
  readonly #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  check({ oracle }: TaskModel): boolean {
    return oracle.refusesUndo !== this.#isOn;
  }

  async run({ oracle }: TaskModel, { agent }: TaskWorld): Promise<void> {
    oracle.refusesUndo = this.#isOn;
    agent.refusesUndo = this.#isOn;
  }

  toString(): string {
    return `agent.${this.#isOn ? 'refusesUndo' : 'undoesAgain'}()`;
  }
}
