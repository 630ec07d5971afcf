import type { Message, MessageChannel } from '@waybill/core';
import type { AsyncCommand } from 'fast-check';
import type { ChannelOracle } from './channel-oracle.ts';
import { type ChannelModel, giveBackOf, settleDown } from './channel-state.ts';
import type { ClientNumber, Clients } from './clients.ts';

/** A message before it has an id. */
export type Draft = Pick<Message, 'subject' | 'key' | 'hint' | 'body'>;
/** Where a subscriber without a group begins: at a cursor of those that were seen, the latest first. */
export type From = 'now' | 'start' | number;

type ChannelClients = Clients<MessageChannel>;
export type ChannelCommand = AsyncCommand<ChannelModel, ChannelClients>;

/** More would only make a run slow. */
const mostListeners = 6;

export class Publish implements ChannelCommand {
  readonly #by: ClientNumber;
  readonly #drafts: readonly Draft[];

  constructor(by: ClientNumber, drafts: readonly Draft[]) {
    this.#by = by;
    this.#drafts = drafts;
  }

  check(): boolean {
    return true;
  }

  async run(model: ChannelModel, clients: ChannelClients): Promise<void> {
    const messages = this.#drafts.map((draft) => ({ ...draft, id: `m${++model.made}` }));
    // Before the call: what it publishes may arrive before it answers.
    model.oracle.publish(messages);
    await clients.client(this.#by).publish(messages);
    await settleDown(model);
  }

  toString(): string {
    const written = this.#drafts.map(({ subject, key, hint, body }) => {
      const words = [subject, ...(key === undefined ? [] : [`key ${key}`]), ...(hint ? ['hint'] : [])];
      return body === null ? words.join(' ') : `${words.join(' ')} ${JSON.stringify(body)}`;
    });
    return `client${this.#by}.publish(${written.join(', ')})`;
  }
}

/** Subscribes without a group. */
export class Listen implements ChannelCommand {
  readonly #by: ClientNumber;
  readonly #pattern: string;
  readonly #from: From;

  constructor(by: ClientNumber, pattern: string, from: From) {
    this.#by = by;
    this.#pattern = pattern;
    this.#from = from;
  }

  check({ oracle, listening }: ChannelModel): boolean {
    const isKnown = typeof this.#from !== 'number' || oracle.cursors.length > 0;
    return isKnown && (this.#from === 'now' || oracle.replays) && listening.length < mostListeners;
  }

  async run(model: ChannelModel, clients: ChannelClients): Promise<void> {
    const { oracle, listeners } = model;
    const { subject, from, after } = this.#beginning(oracle);
    const reader = oracle.listen(subject, after);
    const listener = await listeners.start({
      by: this.#by,
      channel: clients.client(this.#by),
      subscription: { subject, from },
      onArrival: ({ item }) => {
        oracle.recognise(item);
        reader.arrive(item);
      },
    });
    model.listening = [...model.listening, { listener, leave: () => oracle.leave(reader) }];
    await settleDown(model);
  }

  #beginning(oracle: ChannelOracle): { subject: string; from: Subscribed; after?: number } {
    if (this.#from === 'now') return { subject: this.#pattern, from: 'now' };
    if (this.#from === 'start') return { subject: this.#pattern, from: 'start', after: 0 };
    const bookmark = oracle.cursors[this.#from % oracle.cursors.length];
    if (bookmark === undefined) throw new Error('there is no cursor yet');
    // A cursor is a place in its subject.
    return { subject: bookmark.subject, from: { after: bookmark.cursor }, after: bookmark.place + 1 };
  }

  toString(): string {
    const from =
      typeof this.#from === 'number' ? `after cursor ${this.#from}` : `${this.#pattern} from ${this.#from}`;
    return `client${this.#by}.subscribe(${from})`;
  }
}

type Subscribed = 'now' | 'start' | { readonly after: string };

/** Subscribes as a member of a group. */
export class Join implements ChannelCommand {
  readonly #by: ClientNumber;
  readonly #group: string;
  readonly #pattern: string;

  /** A group has one pattern. */
  constructor(by: ClientNumber, group: string, pattern: string) {
    this.#by = by;
    this.#group = group;
    this.#pattern = pattern;
  }

  check({ listening }: ChannelModel): boolean {
    return listening.length < mostListeners;
  }

  async run(model: ChannelModel, clients: ChannelClients): Promise<void> {
    const { oracle, listeners } = model;
    const group = oracle.group(this.#group, this.#pattern);
    group.members++;
    const listener = await listeners.start({
      by: this.#by,
      channel: clients.client(this.#by),
      subscription: { subject: this.#pattern, group: this.#group },
      onArrival: (delivery) => {
        oracle.recognise(delivery.item);
        giveBackOf(
          model,
          ({ by, ...loan }) => by === model.closing && loan.held.message.id === delivery.item.id,
        );
        const held = group.arrive(delivery.item);
        model.loans = [...model.loans, { by: this.#by, group, held, delivery }];
      },
    });
    model.listening = [...model.listening, { listener, leave: () => group.members-- }];
    await settleDown(model);
  }

  toString(): string {
    return `client${this.#by}.subscribe(${this.#pattern} in group ${this.#group})`;
  }
}

export class Leave implements ChannelCommand {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check({ listening }: ChannelModel): boolean {
    return listening.length > 0;
  }

  async run(model: ChannelModel): Promise<void> {
    const left = model.listening[this.#which % model.listening.length];
    if (left === undefined) return;
    await left.listener.stop();
    left.leave();
    model.listening = model.listening.filter((each) => each !== left);
    await settleDown(model);
  }

  toString(): string {
    return `subscriber${this.#which}.leave()`;
  }
}

export class Reopen implements ChannelCommand {
  readonly #by: ClientNumber;

  constructor(by: ClientNumber) {
    this.#by = by;
  }

  check(): boolean {
    return true;
  }

  async run(model: ChannelModel, clients: ChannelClients): Promise<void> {
    const isMine = ({ by }: { readonly by: ClientNumber }): boolean => by === this.#by;
    model.closing = this.#by;
    for (const { leave } of model.listening.filter(({ listener }) => isMine(listener))) leave();
    model.listening = model.listening.filter(({ listener }) => !isMine(listener));
    await clients.reopen(this.#by);
    await model.listeners.closed(this.#by);
    model.closing = undefined;
    giveBackOf(model, isMine);
    await settleDown(model);
  }

  toString(): string {
    return `client${this.#by}.close() and open again`;
  }
}
