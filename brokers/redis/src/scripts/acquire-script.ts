import { defineScript, isTakenLua } from '@waybill/redis';
import { leavingLua, takingLua, ticketsLua } from './tickets.ts';

/**
 * ARGV[2..]: the instant of the loans; for how many milliseconds the caller is going to wait if there is nothing, 0 if not
 * at all; the caller as one of those who wait; 1 if it may be one of them already, as it may be after a doubt; a count and
 * instants of loans whose answers were lost; then queues in their order, each with how many are wanted. Answers, packed,
 * refs and in how many milliseconds there may be others, or -1: that concerns queues that had fewer than were wanted. Or
 * `TAKEN`, and takes nothing, where others have loans of that instant.
 */
export const acquireScript = defineScript(
  'broker.acquire',
  { changes: true },
  String.raw`${ticketsLua}${takingLua}${leavingLua}${isTakenLua}
local loans = broker .. ':loans'
local waitMs, waiter = tonumber(ARGV[3]), ARGV[4]
local doubts = tonumber(ARGV[6])
if ARGV[5] == '1' or doubts > 0 then leave(waiter) end
for i = 7, 6 + doubts do
  repeat until giveBack(ARGV[i], ARGV[i], chunk) < chunk
end
giveBack('-inf', now, 100)

for i = 7 + doubts, #ARGV, 2 do
  local later = broker .. ':later:' .. ARGV[i]
  local due = call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)
  if #due > 0 then
    call('ZREM', later, unpack(due))
    putBack(due)
  end
end

-- Behind all that may have made loans, and before what may make others
if isTaken(loans, ARGV[2]) then
  saveMasks()
  return 'TAKEN'
end
local refs = {}
for i = 7 + doubts, #ARGV, 2 do take(ARGV[i], tonumber(ARGV[i + 1]), refs) end
lend(ARGV[2], refs)
if #refs > 0 then
  for i = 7 + doubts, #ARGV, 2 do wake(ARGV[i]) end
end

local soonest
local function look(key)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] and (not soonest or tonumber(first[2]) < soonest) then soonest = tonumber(first[2]) end
end
look(loans)
for i = 7 + doubts, #ARGV, 2 do
  look(broker .. ':later:' .. ARGV[i])
  if #refs == 0 and waitMs > 0 then
    call('ZREMRANGEBYSCORE', broker .. ':waiters:' .. ARGV[i], '-inf', now)
    call('ZADD', broker .. ':waiters:' .. ARGV[i], now + waitMs, waiter)
  end
end
saveMasks()
local soon = soonest and math.max(0, math.ceil(soonest - now)) or -1
return cmsgpack.pack({ refs, soon })
`,
);
