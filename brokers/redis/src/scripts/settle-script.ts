import { defineScript } from '@waybill/redis';
import { leavingLua, ticketsLua } from './tickets.ts';

/** ARGV[2..]: a count and refs that are done with; then refs to put back, each with a delay in milliseconds. */
export const settleScript = defineScript(
  'broker.settle',
  { changes: true },
  String.raw`${ticketsLua}
local loans = broker .. ':loans'
local last = 2 + tonumber(ARGV[2])
for from = 3, last, chunk do call('ZREM', loans, unpack(ARGV, from, math.min(last, from + chunk - 1))) end
local back = {}
for i = last + 1, #ARGV, 2 do
  local ref, delay = ARGV[i], tonumber(ARGV[i + 1])
  -- Sent again after a doubt it finds the loan ended
  if call('ZREM', loans, ref) == 1 then
    if delay > 0 then call('ZADD', broker .. ':later:' .. sub(entryOf(ref), 1, 1), now + delay, ref)
    else back[#back + 1] = ref end
  end
end
putBack(back)
saveMasks()
return 1
`,
);

/** ARGV[2..]: who waits no longer; instants of acquisitions that are given back. */
export const leaveScript = defineScript(
  'broker.leave',
  { changes: true },
  String.raw`${ticketsLua}${leavingLua}
leave(ARGV[2])
for i = 3, #ARGV do
  repeat until giveBack(ARGV[i], ARGV[i], chunk) < chunk
end
saveMasks()
return 1
`,
);
