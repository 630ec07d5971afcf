import type { MessageChannel } from '@waybill/core';
import * as fc from 'fast-check';
import {
  type ChannelCommand,
  type Draft,
  type From,
  Join,
  Leave,
  Listen,
  Publish,
  Reopen,
} from './channel-commands.ts';
import { Listeners } from './channel-listeners.ts';
import { ChannelOracle } from './channel-oracle.ts';
import { Settle, SettleAgain } from './channel-settlements.ts';
import type { ChannelModel } from './channel-state.ts';
import { type ClientNumber, type Clients, withClients } from './clients.ts';
import type { Source } from './describe-model.ts';
import type { Settling } from './settlement.ts';

const by = fc.constantFrom<ClientNumber[]>(0, 1);
const subjects = ['a', 'a.b', 'a.c', 'a.b.c'];
const groups = [
  ['g', 'a.*'],
  ['h', 'a.b'],
  ['g: \u{1f600}', '>'],
] as const;

const subject = fc.constantFrom(...subjects);
const pattern = fc.oneof(subject, fc.constantFrom('a.*', 'a.>', '*', '>', '*.b', '*.b.>'));
const body = fc.constantFrom(null, 0, { list: [1, { text: '\u{1f600}' }] });
const key = fc.constantFrom('k', 'k', 'l', '');
const draft: fc.Arbitrary<Draft> = fc.record(
  { subject, key, body, hint: fc.boolean() },
  { requiredKeys: ['subject', 'body'], noNullPrototype: true },
);
const drafts = fc.array(draft, { minLength: 1, maxLength: 5 });
const from: fc.Arbitrary<From> = fc.oneof(fc.constantFrom('now', 'start'), fc.nat(9));
const group = fc.constantFrom(...groups);
const which = fc.nat(9);
const how = fc.constantFrom<Settling[]>('commit', 'commit', 'retry', 'retry later', 'drop');
const publish = fc.tuple(by, drafts).map(([by, drafts]) => new Publish(by, drafts));
const join = fc.tuple(by, group).map(([by, [name, pattern]]) => new Join(by, name, pattern));
const settle = fc.tuple(which, how).map(([which, how]) => new Settle(which, how));

const commands: fc.Arbitrary<ChannelCommand>[] = [
  // What happens most in life happens most here.
  publish,
  publish,
  publish,
  join,
  settle,
  settle,
  fc.tuple(by, pattern, from).map(([by, pattern, from]) => new Listen(by, pattern, from)),
  which.map((which) => new Leave(which)),
  fc.tuple(which, how).map(([which, how]) => new SettleAgain(which, how)),
  by.map((by) => new Reopen(by)),
];

/** That no sequence of calls tells the channel from a list of messages. */
export const channelProperty = (
  source: Source<MessageChannel>,
): fc.IAsyncProperty<[Iterable<ChannelCommand>]> =>
  fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), (sequence) =>
    withClients(source, async (clients) => {
      const listeners = new Listeners(source.patienceMs);
      const oracle = new ChannelOracle(clients.client(0).capabilities);
      const model = newModel(oracle, listeners);
      try {
        await fc.asyncModelRun(() => ({ model, real: clients }), sequence);
        await everythingAgain(model, clients);
      } finally {
        await listeners.stopAll();
      }
    }),
  );

const newModel = (oracle: ChannelOracle, listeners: Listeners): ChannelModel => ({
  oracle,
  listeners,
  listening: [],
  loans: [],
  settled: [],
  closing: undefined,
  made: 0,
});

/** A last message of every kind to everybody, and to every group whatever it still has: what came too often has come before. */
const everythingAgain = async (model: ChannelModel, clients: Clients<MessageChannel>): Promise<void> => {
  for (const [name, pattern] of groups)
    if (model.oracle.groups.get(name)?.members === 0) await new Join(0, name, pattern).run(model, clients);
  await new Publish(
    0,
    subjects.map((subject) => ({ subject, key: 'k', body: null })),
  ).run(model, clients);
  while (model.loans.length > 0) await new Settle(0, 'commit').run(model);
};
