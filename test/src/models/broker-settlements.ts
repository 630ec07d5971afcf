import { type BrokerModel, Command } from './broker-commands.ts';
import { type Settling, settle, settleAgain } from './settlement.ts';

export class Settle extends Command {
  readonly #which: number;
  readonly #how: Settling;

  constructor(which: number, how: Settling) {
    super(0);
    this.#which = which;
    this.#how = how;
  }

  override check({ loans }: BrokerModel): boolean {
    return loans.length > 0;
  }

  async run(model: BrokerModel): Promise<void> {
    const loan = model.loans[this.#which % model.loans.length];
    if (loan === undefined) return;
    await settle(loan.delivery, this.#how);
    model.loans = model.loans.filter((each) => each !== loan);
    model.settled = [...model.settled, { ...loan, how: this.#how }];
    if (this.#how === 'retry') model.oracle.putBack(loan.entry);
  }

  toString(): string {
    return `loan${this.#which}.${this.#how}()`;
  }
}

/** The first settlement wins: the same again does nothing, the other one is refused. */
export class SettleAgain extends Command {
  readonly #which: number;
  readonly #how: Settling;

  constructor(which: number, how: Settling) {
    super(0);
    this.#which = which;
    this.#how = how;
  }

  override check({ settled }: BrokerModel): boolean {
    return settled.length > 0;
  }

  async run({ settled }: BrokerModel): Promise<void> {
    const loan = settled[this.#which % settled.length];
    if (loan === undefined) return;
    await settleAgain(loan.delivery, this.#how, loan.how);
  }

  toString(): string {
    return `settledLoan${this.#which}.${this.#how}()`;
  }
}
