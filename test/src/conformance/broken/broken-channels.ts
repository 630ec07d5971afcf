import type { BrokenChannel } from './broken-channel.ts';
import { brokenChannelCalls } from './broken-channel-calls.ts';
import { brokenGroups } from './broken-channel-groups.ts';
import { brokenMessages } from './broken-channel-messages.ts';
import { brokenReplays } from './broken-channel-replays.ts';

/** For every channel case but one there is at least one that it must catch; for that one see `brokenWithoutReplay`. */
export const brokenChannels: readonly BrokenChannel[] = [
  ...brokenMessages,
  ...brokenGroups,
  ...brokenReplays,
  ...brokenChannelCalls,
];
