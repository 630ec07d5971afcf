import type { MessageChannel } from '@waybill/core';
import type { AsyncCommand } from 'fast-check';
import { type ChannelModel, settleDown } from './channel-state.ts';
import type { Clients } from './clients.ts';
import { type Settling, settle, settleAgain } from './settlement.ts';

type ChannelCommand = AsyncCommand<ChannelModel, Clients<MessageChannel>>;

export class Settle implements ChannelCommand {
  readonly #which: number;
  readonly #how: Settling;

  constructor(which: number, how: Settling) {
    this.#which = which;
    this.#how = how;
  }

  check({ loans }: ChannelModel): boolean {
    return loans.length > 0;
  }

  async run(model: ChannelModel): Promise<void> {
    const loan = model.loans[this.#which % model.loans.length];
    if (loan === undefined) return;
    const { group, held, delivery } = loan;
    model.loans = model.loans.filter((each) => each !== loan);
    model.settled = [...model.settled, { ...loan, how: this.#how }];
    // Before the call: it may come again before the call answers.
    if (this.#how === 'retry' || this.#how === 'retry later') group.giveBack(held);
    else group.end(held);
    await settle(delivery, this.#how);
    await settleDown(model);
  }

  toString(): string {
    return `loan${this.#which}.${this.#how}()`;
  }
}

/** The first settlement wins: the same again does nothing, the other one is refused. */
export class SettleAgain implements ChannelCommand {
  readonly #which: number;
  readonly #how: Settling;

  constructor(which: number, how: Settling) {
    this.#which = which;
    this.#how = how;
  }

  check({ settled }: ChannelModel): boolean {
    return settled.length > 0;
  }

  async run(model: ChannelModel): Promise<void> {
    const loan = model.settled[this.#which % model.settled.length];
    if (loan === undefined) return;
    await settleAgain(loan.delivery, this.#how, loan.how);
    await settleDown(model);
  }

  toString(): string {
    return `settledLoan${this.#which}.${this.#how}()`;
  }
}
