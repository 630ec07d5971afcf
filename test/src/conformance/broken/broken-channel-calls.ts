import { ClosedError, type MessageChannel, type Subscription } from '@waybill/core';
import { type BrokenChannel, faulty, loops, subscribes } from './broken-channel.ts';
import { brokenLifecycle } from './broken-lifecycle.ts';

const deaf = (subscription: Subscription): Subscription => ({
  ...subscription,
  signal: new AbortController().signal,
});

/** Throws where it should end. */
const throwsIf = (over: (subscription: Subscription) => boolean) =>
  loops(async function* (arrivals, subscription) {
    yield* arrivals;
    if (over(subscription)) throw new ClosedError('the loop has ended');
  });

/** Faults of ending. */
export const brokenChannelCalls: readonly BrokenChannel[] = [
  faulty('ignores the signal', ['CHANNEL-043', 'CHANNEL-044'], subscribes(deaf)),
  faulty(
    'ignores the signal in a group',
    ['CHANNEL-043'],
    subscribes((subscription) => (subscription.group === undefined ? subscription : deaf(subscription))),
  ),
  faulty(
    'throws when the signal aborts',
    ['CHANNEL-043'],
    throwsIf(({ signal }) => signal.aborted),
  ),
  faulty(
    'ignores a signal that has aborted already',
    ['CHANNEL-044'],
    subscribes((subscription) => (subscription.signal.aborted ? deaf(subscription) : subscription)),
  ),
  faulty(
    'throws in every loop when it closes',
    ['CHANNEL-046'],
    throwsIf(({ signal }) => !signal.aborted),
  ),
  faulty(
    'lets loops hang when it closes',
    ['CHANNEL-046'],
    loops(async function* (arrivals, { signal }) {
      yield* arrivals;
      if (!signal.aborted) await new Promise(() => undefined);
    }),
  ),
  faulty(
    'delivers everything before it ends',
    ['CHANNEL-043'],
    loops(async function* (arrivals, { signal }) {
      let pending = 0;
      for await (const arrival of arrivals) {
        pending++;
        yield arrival;
      }
      if (signal.aborted && pending > 0) await new Promise(() => undefined);
    }),
  ),
  ...brokenLifecycle<MessageChannel>({
    sharesNamespaces: ['CHANNEL-015'],
    closesOnce: ['CHANNEL-048'],
    answersAfterClose: ['CHANNEL-047'],
    closesOthers: ['CHANNEL-049'],
    declaresOtherwise: ['CHANNEL-051'],
    other: (capabilities) => ({ ...capabilities, redelivery: !capabilities.redelivery }),
  }),
];
