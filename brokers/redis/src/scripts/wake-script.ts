import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

/** Passes on a token that nobody here has use for. ARGV[2]: the queue. */
export const wakeScript = defineScript(
  'broker.wake',
  { changes: true },
  String.raw`${ticketsLua}
if mask(ARGV[2]) > 0 or mask(ARGV[2] .. 'b') > 0 then wake(ARGV[2]) end
return 1
`,
);

/** Wakes one process, whatever it waits for. ARGV[2]: its name. */
export const nudgeScript = defineScript(
  'broker.nudge',
  { changes: true },
  String.raw`
local key = KEYS[1] .. ':wake:' .. ARGV[2]
redis.call('RPUSH', key, 1)
redis.call('PEXPIRE', key, 60000)
return 1
`,
);
