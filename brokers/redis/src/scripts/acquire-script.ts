import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

/**
 * ARGV[2..]: the instant of the loans, a count and instants of loans whose answers were lost, then queues in their
 * order, each with how many are wanted. Answers the entries and, if there are none, in how many milliseconds there
 * may be some, or -1.
 */
export const acquireScript = defineScript(
  'broker.acquire',
  { changes: true },
  String.raw`${ticketsLua}
local loans = broker .. ':loans'
local doubts = tonumber(ARGV[3])
for i = 4, 3 + doubts do giveBack(ARGV[i], ARGV[i], chunk) end
giveBack('-inf', now, 100)

local entries, n = {}, 0
for i = 4 + doubts, #ARGV, 2 do
  local queue, left = ARGV[i], tonumber(ARGV[i + 1])
  local later = broker .. ':later:' .. queue
  local due = call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)
  if #due > 0 then
    call('ZREM', later, unpack(due))
    putBack(due)
  end
  local ranks, rank = mask(queue), 10
  while ranks > 0 and left > 0 and rank >= 0 do
    if bit.band(ranks, bit.lshift(1, rank)) ~= 0 then
      local popped = call('LPOP', broker .. ':q:' .. queue .. string.format('%x', rank), left) or {}
      for j = 1, #popped do entries[n + j] = popped[j] end
      n = n + #popped
      if #popped < left then ranks = ranks - bit.lshift(1, rank) end
      left = left - #popped
    end
    rank = rank - 1
  end
  remask(queue, ranks)
  if n > 0 and ranks > 0 then wake(queue) end
end
saveMasks()

if n == 0 then
  local soonest
  local function look(key)
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if first[2] and (not soonest or tonumber(first[2]) < soonest) then soonest = tonumber(first[2]) end
  end
  look(loans)
  for i = 4 + doubts, #ARGV, 2 do look(broker .. ':later:' .. ARGV[i]) end
  return { entries, soonest and math.max(0, math.ceil(soonest - now)) or -1 }
end

local name, lent = ARGV[2], {}
for from = 1, n, chunk / 2 do
  local m = 0
  for j = from, math.min(n, from + chunk / 2 - 1) do
    lent[m + 1], lent[m + 2] = name, entries[j]
    m = m + 2
  end
  call('ZADD', loans, unpack(lent, 1, m))
end
return { entries, -1 }
`,
);
