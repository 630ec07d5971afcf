import assert from 'node:assert/strict';
import { postponeTask, releaseTask, renewLeases } from '@waybill/core';
import type { ClientNumber } from './clients.ts';
import { checkTasks } from './task-check.ts';
import { endClaim, type EndOptions, type Wish } from './task-ending.ts';
import type { Hold, TaskOracle } from './task-oracle.ts';
import { cancelOf, pick, type TaskCommand, type TaskModel } from './task-state.ts';
import type { Claim, TaskWorld } from './task-world.fixture.ts';

abstract class OfClaim implements TaskCommand {
  readonly which: number;

  constructor(which: number) {
    this.which = which;
  }

  check({ claims }: TaskModel): boolean {
    return claims.length > 0;
  }

  async run(model: TaskModel, world: TaskWorld): Promise<void> {
    await this.act(pick(model.claims, this.which), model, world);
    await checkTasks(model.oracle, world);
  }

  abstract act(claim: Claim, model: TaskModel, world: TaskWorld): Promise<void>;

  abstract toString(): string;
}

/** The attempt is over for its holder, one way or the other. */
const forget = (model: TaskModel, claim: Claim): void => {
  model.claims = model.claims.filter((each) => each !== claim);
};

export class DoEffect extends OfClaim {
  override check({ claims }: TaskModel): boolean {
    return claims.length > 0 && pick(claims, this.which).hold.mode === 'run';
  }

  async act({ hold, unit }: Claim, { oracle }: TaskModel, world: TaskWorld): Promise<void> {
    const answer = await unit.effect(world.agent.effect, null).then(
      () => 'done',
      () => 'refused',
    );
    assert.equal(answer, oracle.effect(hold), 'the answer of an effect');
  }

  toString(): string {
    return `claim${this.which}.effect()`;
  }
}

export class End extends OfClaim {
  readonly #wish: Wish;
  readonly #options: EndOptions;

  constructor(which: number, wish: Wish, options: EndOptions = {}) {
    super(which);
    this.#wish = wish;
    this.#options = options;
  }

  async act(claim: Claim, model: TaskModel): Promise<void> {
    forget(model, claim);
    const ending = await endClaim(claim, this.#wish, this.#options);
    assert.equal(ending, this.#foresee(model.oracle, claim.hold), 'how the attempt ends');
  }

  #foresee(oracle: TaskOracle, hold: Hold): string {
    const { isStranger } = this.#options;
    return this.#wish === 'complete'
      ? oracle.complete(hold, isStranger)
      : oracle.fail(hold, this.#wish === 'fail for good', isStranger);
  }

  toString(): string {
    return `claim${this.which}.${this.#wish}(${this.#options.isStranger === true ? 'as a stranger' : ''})`;
  }
}

export class Release extends OfClaim {
  async act(claim: Claim, model: TaskModel): Promise<void> {
    await releaseTask(claim.node.engine.context, claim.lease);
    const answer = claim.lease.state === 'ended' ? 'released' : 'refused';
    assert.equal(answer, model.oracle.release(claim.hold), 'the answer of release');
    if (answer === 'released') forget(model, claim);
  }

  toString(): string {
    return `claim${this.which}.release()`;
  }
}

/** The node of the claim does not know the topic. */
export class Postpone extends OfClaim {
  override check({ claims }: TaskModel): boolean {
    return claims.length > 0 && pick(claims, this.which).hold.mode === 'run';
  }

  async act(claim: Claim, model: TaskModel): Promise<void> {
    const isPostponed = await postponeTask(claim.node.engine.context, claim.lease);
    const answer = isPostponed ? 'postponed' : 'refused';
    assert.equal(answer, model.oracle.postpone(claim.hold), 'whether the task is put off');
    if (isPostponed) forget(model, claim);
  }

  toString(): string {
    return `claim${this.which}.postpone()`;
  }
}

export class Renew extends OfClaim {
  async act({ node, lease, hold }: Claim, { oracle }: TaskModel): Promise<void> {
    await renewLeases(node.engine.context, [lease]);
    oracle.renew(hold);
  }

  toString(): string {
    return `claim${this.which}.renew()`;
  }
}

/** A commit and a cancel in the same moment: their answers and the outcome are those of one after the other. */
export class CommitAndCancel extends OfClaim {
  readonly #by: ClientNumber;

  constructor(by: ClientNumber, which: number) {
    super(which);
    this.#by = by;
  }

  async act(claim: Claim, model: TaskModel, world: TaskWorld): Promise<void> {
    const { task } = claim.hold;
    forget(model, claim);
    const [ending, answer] = await Promise.all([
      endClaim(claim, 'complete'),
      world.node(this.#by).waybill.cancel(world.idOf(task)).then(cancelOf),
    ]);
    const commitFirst = model.oracle.copy();
    const cancelFirst = model.oracle.copy();
    const first = [commitFirst.complete(claim.hold), commitFirst.cancel(task)];
    const second = [cancelFirst.cancel(task), cancelFirst.complete(claim.hold)].reverse();
    const isFirst = first.join() === [ending, answer].join();
    if (!isFirst) assert.deepEqual([ending, answer], second, 'how a commit and a cancel at once end');
    model.oracle = isFirst ? commitFirst : cancelFirst;
  }

  toString(): string {
    return `claim${this.which}.complete() and at once node${this.#by}.cancel()`;
  }
}
