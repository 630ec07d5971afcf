import { harnesses } from '../harness/memory.ts';
import { describeConformance } from '../vitest.ts';
import { channelCases } from './channel-cases/channel-cases.ts';

describeConformance(
  channelCases,
  () => harnesses.channel?.() ?? Promise.reject(new Error('memory has no channel')),
);
