import { loops, publishes, settles, shows, subscribes } from '../conformance/broken/broken-channel.ts';
import { without } from '../conformance/without.ts';
import { harnesses as memory } from '../harness/memory.ts';
import { channelProperty } from './channel-model.ts';
import { describeModel } from './describe-model.ts';
import { quickSqlite } from './quick-sqlite.ts';

describeModel({
  promise: 'no sequence of calls tells a channel from a list of messages',
  property: channelProperty,
  technologies: [
    { name: 'memory', open: memory.channel!, runs: 3000, patienceMs: 100 },
    { name: 'sqlite', open: () => quickSqlite('channel'), runs: 500 },
  ],
  faults: [
    {
      fault: 'drops what is rolled back to retry',
      change: settles((arrival) => ({ rollback: () => arrival.rollback({ to: 'drop' }) })),
    },
    {
      fault: 'brings back what is rolled back to be dropped',
      shownBy: ['client0.subscribe(a.* in group g)', 'client0.publish(a.b)', 'loan0.drop()'],
      change: settles((arrival) => ({ rollback: () => arrival.rollback({ to: 'retry' }) })),
    },
    {
      fault: 'forgets what a group has committed',
      change: settles((arrival) => ({ commit: async () => undefined, rollback: arrival.rollback })),
    },
    {
      fault: 'commits what it delivers',
      change: loops(async function* (arrivals) {
        for await (const arrival of arrivals) {
          await arrival.commit();
          yield { ...arrival, commit: async () => undefined, rollback: async () => undefined };
        }
      }),
    },
    {
      fault: 'delivers to every member of a group',
      change: subscribes((subscription) => without(subscription, 'group')),
    },
    {
      fault: 'has one group for all',
      change: subscribes((subscription) =>
        subscription.group === undefined ? subscription : { ...subscription, subject: 'a.b', group: 'all' },
      ),
    },
    { fault: 'publishes a batch backwards', change: publishes((messages) => messages.toReversed()) },
    {
      fault: 'takes a last * for any number of words',
      change: subscribes((subscription) => ({
        ...subscription,
        subject: subscription.subject.replace(/\*$/, '>'),
      })),
    },
    { fault: 'does not say that a hint is one', change: shows((message) => without(message, 'hint')) },
    {
      fault: 'begins at the start instead of after a cursor',
      change: subscribes((subscription) =>
        typeof subscription.from === 'object' ? { ...subscription, from: 'start' } : subscription,
      ),
    },
    {
      fault: 'replays hints',
      change: publishes((messages) =>
        messages.flatMap((message) => (message.hint ? [message, without(message, 'hint')] : [message])),
      ),
    },
    {
      fault: 'delivers the first message of a subscription twice',
      change: loops(async function* (arrivals) {
        let isFirst = true;
        for await (const arrival of arrivals) {
          yield arrival;
          if (isFirst) yield arrival;
          isFirst = false;
        }
      }),
    },
  ],
});
