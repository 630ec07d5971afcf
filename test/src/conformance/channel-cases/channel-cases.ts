import type { ChannelCase } from './channel-case.ts';
import { deliveryCases } from './delivery.ts';
import { groupLoanCases } from './group-loans.ts';
import { groupCases } from './groups.ts';
import { lifecycleCases } from './lifecycle.ts';
import { orderAndBodyCases } from './order-and-bodies.ts';
import { patternCases } from './patterns.ts';
import { refusalCases } from './refusals.ts';
import { replayCases } from './replay.ts';

/** Every promise of `MessageChannel`. */
export const channelCases: readonly ChannelCase[] = [
  ...deliveryCases,
  ...orderAndBodyCases,
  ...patternCases,
  ...groupCases,
  ...groupLoanCases,
  ...replayCases,
  ...refusalCases,
  ...lifecycleCases,
];
