import { defineScript, isTakenLua } from '@waybill/redis';
import { groupsLua } from './groups.ts';
import { messagesLua } from './messages.ts';

/** The group begins here, if it has not begun already. Answers the seq of the newest message. */
export const joinScript = defineScript(
  'channel.join',
  { changes: true },
  String.raw`${messagesLua}${groupsLua}
local newest = call('HGET', channel, 'seq') or '0'
call('HSETNX', group, 'pos', newest)
return newest
`,
);

/**
 * ARGV[3..]: the instant of the loans, 1 for one subject, subject or pattern, at most, where the group began at the
 * latest, then instants of loans whose answers were lost. Answers refs and texts, and if there are none, in how many
 * milliseconds there may be some, or -1. Or `TAKEN`, and does nothing, where others have loans of that instant.
 */
export const takeScript = defineScript(
  'channel.take',
  { changes: true },
  String.raw`${messagesLua}${groupsLua}${isTakenLua}
if isTaken(loans, ARGV[3]) then return 'TAKEN' end
local name, exact, subject, max = ARGV[3], ARGV[4] == '1', ARGV[5], tonumber(ARGV[6])
-- Of one subject and key only the first is on loan; the others wait, and so many at most
local mostWaiting = 1000
for i = 8, #ARGV do giveBack(ARGV[i], ARGV[i]) end
giveBack('-inf', now)

local taken, lent = {}, {}
local function lend(ref, text)
  taken[#taken + 1], taken[#taken + 2] = ref, text
  lent[#lent + 1], lent[#lent + 2] = name, ref
end

local again = true
while again and #taken == 0 do
  again = false
  for _, ref in ipairs(call('ZRANGEBYSCORE', ready, '-inf', now, 'LIMIT', 0, max - #taken / 2)) do
    call('ZREM', ready, ref)
    local first = string.find(ref, '\0', 1, true)
    local last = string.find(ref, '\0', first + 1, true) or #ref + 1
    local id = asText(tonumber(string.sub(ref, 1, first - 1))) .. '-0'
    local entry = call('XRANGE', channel .. ':s:' .. string.sub(ref, first + 1, last - 1), id, id)[1]
    -- Trimmed by now
    if entry then lend(ref, entry[2][#entry[2]]) elseif finish(ref) then again = true end
  end
end

local state = call('HMGET', group, 'pos', 'waiting')
local pos, waiting = state[1] or ARGV[7], tonumber(state[2] or 0)
local left = max - #taken / 2
while left > 0 and waiting < mostWaiting do
  local page, after = read(exact, subject, pos, left)
  for _, message in ipairs(page) do
    local ref = string.format('%016.0f', message.seq) .. '\0' .. message.subject
    if message.key then ref = ref .. '\0' .. message.key end
    local lane = laneOf(ref)
    if lane and call('RPUSH', lane, ref) > 1 then waiting = waiting + 1
    else lend(ref, message.text) left = left - 1 end
  end
  local done = after == pos or #page == 0
  pos = after
  if done then break end
end
call('HSET', group, 'pos', pos, 'waiting', waiting)
if #lent > 0 then
  call('ZADD', loans, unpack(lent))
  return { taken, -1 }
end
local soonest
for _, key in ipairs({ loans, ready }) do
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if first and (not soonest or tonumber(first) < soonest) then soonest = tonumber(first) end
end
return { taken, soonest and math.max(0, math.ceil(soonest - now)) or -1 }
`,
);

/** ARGV[3..]: a count and refs that are done with; then refs to give back, each with a delay in milliseconds. */
export const settleScript = defineScript(
  'channel.settle',
  { changes: true },
  String.raw`${messagesLua}${groupsLua}
local last, freed = 3 + tonumber(ARGV[3]), false
for i = 4, last do
  -- A loan that has ended by itself is ready again; done is done all the same
  if call('ZREM', loans, ARGV[i]) + call('ZREM', ready, ARGV[i]) > 0 and finish(ARGV[i]) then freed = true end
end
for i = last + 1, #ARGV, 2 do
  if call('ZREM', loans, ARGV[i]) == 1 then
    local delay = tonumber(ARGV[i + 1])
    call('ZADD', ready, delay > 0 and now + delay or 0, ARGV[i])
    freed = true
  end
end
if freed then tell() end
return 1
`,
);

/** ARGV[3..]: instants of loans that end now. */
export const giveBackScript = defineScript(
  'channel.give-back',
  { changes: true },
  String.raw`${messagesLua}${groupsLua}
local count = 0
for i = 3, #ARGV do count = count + giveBack(ARGV[i], ARGV[i]) end
if count > 0 then tell() end
return count
`,
);

/**
 * ARGV[3..]: pairs of instants: loans that end at the first end at the second. Answers the second ones that others have
 * loans of: these loans end when they did.
 */
export const renewScript = defineScript(
  'channel.renew',
  { changes: true },
  String.raw`${messagesLua}${groupsLua}${isTakenLua}
local refused, known = {}, {}
for i = 3, #ARGV, 2 do
  local old, new = ARGV[i], ARGV[i + 1]
  if known[new] == nil then
    known[new] = isTaken(loans, new)
    if known[new] then refused[#refused + 1] = new end
  end
  if not known[new] then
    for _, ref in ipairs(call('ZRANGEBYSCORE', loans, old, old)) do call('ZADD', loans, new, ref) end
  end
end
return refused
`,
);
