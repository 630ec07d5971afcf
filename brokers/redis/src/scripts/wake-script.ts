import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

/** Passes on a token that nobody here has use for. ARGV[2]: the queue. */
export const wakeScript = defineScript(
  'broker.wake',
  { changes: true },
  String.raw`${ticketsLua}
wake(ARGV[2])
saveMasks()
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
if redis.call('PTTL', key) < 60000 then redis.call('PEXPIRE', key, 60000) end
return 1
`,
);
