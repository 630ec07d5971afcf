import { type MessageChannel, UnsupportedError } from '@waybill/core';
import type { Harness } from '../harness.ts';
import { without } from '../without.ts';
import { altered } from './altered.ts';
import { shows } from './broken-channel.ts';

/** The channel as it would be without replay, for the case that needs one. */
export const withoutReplay = (harness: Harness<MessageChannel>): Harness<MessageChannel> => {
  const capabilities = { ...harness.capabilities, replay: false };
  const forgetting = (channel: MessageChannel): MessageChannel => {
    const plain = altered(channel, shows((message) => without(message, 'cursor'))(channel));
    return altered(plain, {
      capabilities,
      subscribe: (subscription) => {
        if ((subscription.from ?? 'now') === 'now') return plain.subscribe(subscription);
        throw new UnsupportedError('the channel has no replay');
      },
    });
  };
  return {
    ...harness,
    capabilities,
    fresh: async () => forgetting(await harness.fresh()),
    another: async () => forgetting(await harness.another()),
  };
};
