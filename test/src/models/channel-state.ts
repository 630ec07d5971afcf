import type { Arrived, Delivery } from '@waybill/core';
import type { GroupOracle, Held } from './channel-group-oracle.ts';
import type { Listener, Listeners } from './channel-listeners.ts';
import type { ChannelOracle } from './channel-oracle.ts';
import type { ClientNumber } from './clients.ts';
import type { Settling } from './settlement.ts';

/** What should be, and what runs beside it. */
export interface ChannelModel {
  readonly oracle: ChannelOracle;
  readonly listeners: Listeners;
  /** In the order in which they came. */
  listening: readonly Listening[];
  loans: readonly Loan[];
  settled: readonly (Loan & { readonly how: Settling })[];
  /** The client that is being closed: what it has on loan may come to others from now on. */
  closing: ClientNumber | undefined;
  /** How many messages were made, each with an id of its own. */
  made: number;
}

interface Listening {
  readonly listener: Listener;
  /** That it is gone, for the oracle. */
  leave(): void;
}

/** What a member of a group has: the oracle's and the channel's. */
interface Loan {
  readonly by: ClientNumber;
  readonly group: GroupOracle;
  readonly held: Held;
  readonly delivery: Delivery<Arrived>;
}

/** Lets arrive what must. After each command, so that every command begins where nothing is on its way. */
export const settleDown = ({ oracle, listeners }: ChannelModel): Promise<void> =>
  listeners.settle(() => {
    const { missing } = oracle;
    return missing && `${missing.id} of ${missing.subject}`;
  });

/** The holders of these loans are no more. */
export const giveBackOf = (model: ChannelModel, isOf: (loan: Loan) => boolean): void => {
  for (const { group, held } of model.loans.filter(isOf)) group.giveBack(held, model.oracle.redelivers);
  model.loans = model.loans.filter((loan) => !isOf(loan));
};
