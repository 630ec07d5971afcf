import { queueNames, type TaskBroker } from '@waybill/core';
import * as fc from 'fast-check';
import {
  Acquire,
  type BrokerCommand,
  type BrokerModel,
  Clear,
  Depth,
  drain,
  Enqueue,
  Reopen,
  type Urgency,
  Wait,
  type Wanted,
} from './broker-commands.ts';
import { BrokerOracle } from './broker-oracle.ts';
import { Settle, SettleAgain } from './broker-settlements.ts';
import { type ClientNumber, withClients } from './clients.ts';
import type { Source } from './describe-model.ts';
import type { Settling } from './settlement.ts';

const by = fc.constantFrom<ClientNumber[]>(0, 1);
const queue = fc.constantFrom(...queueNames);
const urgency: fc.Arbitrary<Urgency> = fc.record({ queue, rank: fc.constantFrom(5, 0, 10, 4) });
const wanted: fc.Arbitrary<Wanted> = fc.uniqueArray(fc.record({ queue, max: fc.constantFrom(1, 2, 5) }), {
  minLength: 1,
  selector: (each) => each.queue,
});
const which = fc.nat(9);
const how = fc.constantFrom<Settling[]>('commit', 'retry', 'drop');
const until = fc.constantFrom('enqueue', 'abort', 'close');
const urgencies = fc.array(urgency, { minLength: 1, maxLength: 6 });
const enqueue = fc.tuple(by, urgencies).map(([by, urgencies]) => new Enqueue(by, urgencies));
const acquire = fc.tuple(by, wanted).map(([by, wanted]) => new Acquire(by, wanted));
const settle = fc.tuple(which, how).map(([which, how]) => new Settle(which, how));

const commands: fc.Arbitrary<BrokerCommand>[] = [
  // What happens most in life happens most here.
  enqueue,
  enqueue,
  acquire,
  acquire,
  settle,
  settle,
  fc.tuple(which, how).map(([which, how]) => new SettleAgain(which, how)),
  fc.tuple(by, wanted, until).map(([by, wanted, until]) => new Wait(by, wanted, until)),
  by.map((by) => new Depth(by)),
  fc.tuple(by, fc.subarray([...queueNames])).map(([by, queues]) => new Clear(by, queues)),
  by.map((by) => new Reopen(by)),
];

/** That no sequence of calls tells the broker from a list of tickets. */
export const brokerProperty = (source: Source<TaskBroker>): fc.IAsyncProperty<[Iterable<BrokerCommand>]> =>
  fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), (sequence) =>
    withClients(source, async (clients) => {
      const oracle = new BrokerOracle(clients.client(0).capabilities);
      const model: BrokerModel = { oracle, loans: [], settled: [], made: 0 };
      await fc.asyncModelRun(() => ({ model, real: clients }), sequence);
      await drain(model, clients);
    }),
  );
