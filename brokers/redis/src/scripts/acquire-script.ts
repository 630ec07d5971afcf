import { defineScript, isTakenLua } from '@waybill/redis';
import { numberLength, ticketsLua } from './tickets.ts';

/**
 * ARGV[2..]: the instant of the loans, a count and instants of loans whose answers were lost, then queues in their
 * order, each with how many are wanted. Answers, packed, refs and in how many milliseconds there may be others, or -1: that
 * concerns queues that had fewer than were wanted. Or `TAKEN`, and does nothing, where others have loans of that instant.
 */
export const acquireScript = defineScript(
  'broker.acquire',
  { changes: true },
  String.raw`${ticketsLua}${isTakenLua}
local loans = broker .. ':loans'
if isTaken(loans, ARGV[2]) then return 'TAKEN' end
local doubts = tonumber(ARGV[3])
for i = 4, 3 + doubts do
  repeat until giveBack(ARGV[i], ARGV[i], chunk) < chunk
end
giveBack('-inf', now, 100)

local refs, n = {}, 0

-- Lends up to so many of one lane, those that came back first. Answers how many.
local function take(queue, rank, max)
  local lane, count = queue .. string.format('%x', rank), 0
  local back, bit1 = mask(queue .. 'b'), bit.lshift(1, rank)
  if has(back, rank) then
    local popped = call('ZPOPMIN', broker .. ':b:' .. lane, max)
    for i = 1, #popped, 2 do refs[n + (i + 1) / 2] = popped[i] end
    count = #popped / 2
    n = n + count
    if count < max then remask(queue .. 'b', back - bit1) end
  end
  if count < max and has(mask(queue), rank) then
    local popped = call('LPOP', broker .. ':q:' .. lane, max - count) or {}
    if #popped < max - count then remask(queue, mask(queue) - bit1) end
    if #popped > 0 then
      local number = call('HINCRBY', broker, 'lent', #popped) - #popped
      for i = 1, #popped do refs[n + i] = string.format('%0${numberLength}.0f', number + i) .. popped[i] end
      count, n = count + #popped, n + #popped
    end
  end
  return count
end

for i = 4 + doubts, #ARGV, 2 do
  local queue, left = ARGV[i], tonumber(ARGV[i + 1])
  local later = broker .. ':later:' .. queue
  local due = call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)
  if #due > 0 then
    call('ZREM', later, unpack(due))
    putBack(due)
  end
  local ranks, rank = bit.bor(mask(queue), mask(queue .. 'b')), 10
  while left > 0 and rank >= 0 do
    if has(ranks, rank) then left = left - take(queue, rank, left) end
    rank = rank - 1
  end
  if n > 0 and (mask(queue) > 0 or mask(queue .. 'b') > 0) then wake(queue) end
end
saveMasks()

local soonest
local function look(key)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] and (not soonest or tonumber(first[2]) < soonest) then soonest = tonumber(first[2]) end
end
look(loans)
for i = 4 + doubts, #ARGV, 2 do look(broker .. ':later:' .. ARGV[i]) end
local soon = soonest and math.max(0, math.ceil(soonest - now)) or -1

local name, lent = ARGV[2], {}
for from = 1, n, chunk / 2 do
  local m = 0
  for j = from, math.min(n, from + chunk / 2 - 1) do
    lent[m + 1], lent[m + 2] = name, refs[j]
    m = m + 2
  end
  call('ZADD', loans, unpack(lent, 1, m))
end
return cmsgpack.pack({ refs, soon })
`,
);
