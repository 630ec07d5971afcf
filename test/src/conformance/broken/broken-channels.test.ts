import type { MessageChannel } from '@waybill/core';
import { harnesses } from '../../harness/memory.ts';
import type { ChannelCase } from '../channel-cases/channel-case.ts';
import { channelCases } from '../channel-cases/channel-cases.ts';
import type { Harness } from '../harness.ts';
import { asDurable } from './as-durable.ts';
import { brokenWithoutReplay } from './broken-channel-replays.ts';
import { brokenChannels } from './broken-channels.ts';
import { describeProofs } from './describe-proofs.ts';
import { withoutReplay } from './without-replay.ts';

const open = async (): Promise<Harness<MessageChannel>> => {
  const harness = await harnesses.channel?.();
  if (harness === undefined) throw new Error('memory has no channel');
  return asDurable(harness);
};
const needsNoReplay = ({ id }: ChannelCase): boolean => id === 'CHANNEL-042';

describeProofs(
  channelCases.filter((each) => !needsNoReplay(each)),
  brokenChannels,
  open,
);
describeProofs(channelCases.filter(needsNoReplay), brokenWithoutReplay, async () =>
  withoutReplay(await open()),
);
