import { isTakenLua } from '@waybill/redis';

/** Of the decimal number in front of a ref. */
export const numberLength = 14;

/** For scripts that take tickets. They are made where they are needed, since every call pays for each function. */
export const takingLua = String.raw`
-- Lends up to so many of one lane, those that came back first. Answers how many.
local function takeLane(queue, rank, max, refs)
  local lane, count, n = queue .. string.format('%x', rank), 0, #refs
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
      count = count + #popped
    end
  end
  return count
end

-- Takes up to so many tickets of a queue, in their order, behind these
local function take(queue, left, refs)
  local ranks, rank = bit.bor(mask(queue), mask(queue .. 'b')), 10
  while left > 0 and rank >= 0 do
    if has(ranks, rank) then left = left - takeLane(queue, rank, left, refs) end
    rank = rank - 1
  end
end

-- Notes that these are lent until this instant, which is the name of the loans
local function lend(name, refs)
  local n = #refs
  for from = 1, n, chunk / 2 do
    local lent, m = {}, 0
    for j = from, math.min(n, from + chunk / 2 - 1) do
      lent[m + 1], lent[m + 2] = name, refs[j]
      m = m + 2
    end
    call('ZADD', broker .. ':loans', unpack(lent, 1, m))
  end
end
`;

/** For scripts of one that waits no longer. */
export const leavingLua = String.raw`
-- What was lent to it, and it has not been told, goes back
local function leave(waiter)
  forget(waiter)
  local told = broker .. ':wake:' .. string.match(waiter, ' (.*)')
  local loans = call('LRANGE', told, 0, -1)
  if #loans == 0 then return end
  call('DEL', told)
  for i = 1, #loans do
    if loans[i] ~= '1' then
      local at = cmsgpack.unpack(loans[i])[1]
      giveBack(at, at, 1)
    end
  end
end
`;

const handingLua = String.raw`${isTakenLua}
-- An instant for loans of so many milliseconds that no others have
local function freeInstant(ms)
  local at = now + ms
  while isTaken(broker .. ':loans', at) do at = at + 1 / 1024 end
  return string.format('%.17g', at)
end

-- Whether anything of the queue is there indeed
local function holds(queue)
  for rank = 10, 0, -1 do
    local lane, bit1 = queue .. string.format('%x', rank), bit.lshift(1, rank)
    if has(mask(queue .. 'b'), rank) then
      if call('ZCARD', broker .. ':b:' .. lane) > 0 then return true end
      remask(queue .. 'b', mask(queue .. 'b') - bit1)
    end
    if has(mask(queue), rank) then
      if call('LLEN', broker .. ':q:' .. lane) > 0 then return true end
      remask(queue, mask(queue) - bit1)
    end
  end
  return false
end
`;

/**
 * How tickets lie in Redis, for the scripts that touch them. All keys begin with KEYS[1].
 *
 *   <broker>                 hash: `lent`, how many were ever lent; for each queue, as bits, the ranks whose lists (`n`)
 *                            and whose sets of returned tickets (`nb`) may hold something
 *   <broker>:q:<lane>        list of entries; a lane is the letter of a queue and the hexadecimal digit of a rank
 *   <broker>:b:<lane>        sorted set of refs that came back, all with the score 0: each is older than any in the list
 *   <broker>:later:<queue>   sorted set of refs that were given back for later, by their instant
 *   <broker>:loans           sorted set of refs on loan, by the instant at which they go back by themselves
 *   <broker>:wake:<queue>    list: one token wakes one process that listens, which passes it on while there is more
 *   <broker>:waiters:<queue> sorted set of processes that found nothing and wait, by the instant until which that is so: how
 *                            long they lend, a space, their name
 *   <broker>:wake:<name>     list: what one process alone is told: loans that were made for it, or 1 to call it off
 *
 * An entry says everything of its ticket, and begins with its lane. A ref is an entry behind the number that it got when
 * it was first lent: so it keeps its place among others, however often it comes back. Loans of one acquisition share an
 * instant that no other has, to a fraction of a millisecond: so whoever lost the answer can give back what it never saw.
 *
 * Lists, since Redis pops a hundred elements of a list in the time of ten of a sorted set.
 */
export const ticketsLua = String.raw`
local broker = KEYS[1]
local call, sub = redis.call, string.sub
local chunk = 4000
local masks, changed = {}, {}

local function mask(name)
  local known = masks[name]
  if not known then
    known = tonumber(call('HGET', broker, name) or 0)
    masks[name] = known
  end
  return known
end

local function remask(name, wanted)
  if mask(name) == wanted then return end
  masks[name], changed[name] = wanted, true
end

local function saveMasks()
  for name in pairs(changed) do call('HSET', broker, name, masks[name]) end
end

local function has(ranks, rank) return bit.band(ranks, bit.lshift(1, rank)) ~= 0 end

local function mark(lane, suffix)
  local name = sub(lane, 1, 1) .. suffix
  remask(name, bit.bor(mask(name), bit.lshift(1, tonumber(sub(lane, 2, 2), 16))))
end

local queueLetters = { 'c', 'n', 'b' }

local function forget(waiter)
  for i = 1, 3 do call('ZREM', broker .. ':waiters:' .. queueLetters[i], waiter) end
end

local function waiterFor(queue)
  -- Nobody is remembered for a minute: those were there before the clock was set back
  return call('ZREVRANGEBYSCORE', broker .. ':waiters:' .. queue, now + 60000, now, 'LIMIT', 0, 1)[1]
end

-- Lends the first ticket to who waits for one, the next one to the next. Answers whether any is left.
local function handOut(queue, waiter)
  ${takingLua}
  ${handingLua}
  local isLeft = holds(queue)
  while waiter and isLeft do
    local refs, loanMs, name = {}, string.match(waiter, '(%d+) (.*)')
    forget(waiter)
    take(queue, 1, refs)
    local at, told = freeInstant(tonumber(loanMs)), broker .. ':wake:' .. name
    lend(at, refs)
    call('RPUSH', told, cmsgpack.pack({ at, refs[1] }))
    call('PEXPIRE', told, loanMs)
    waiter, isLeft = waiterFor(queue), holds(queue)
  end
  return isLeft
end

-- Makes known that there are tickets of a queue
local function wake(queue)
  if bit.bor(mask(queue), mask(queue .. 'b')) == 0 then return end
  local waiter = waiterFor(queue)
  if waiter and not handOut(queue, waiter) then return end
  local key = broker .. ':wake:' .. queue
  if call('LLEN', key) == 0 then call('RPUSH', key, 1) end
end

local function entryOf(ref) return sub(ref, ${numberLength + 1}) end

-- Puts refs back to their places
local function putBack(refs)
  local queues = {}
  for i = 1, #refs do
    local lane = sub(entryOf(refs[i]), 1, 2)
    call('ZADD', broker .. ':b:' .. lane, 0, refs[i])
    mark(lane, 'b')
    queues[sub(lane, 1, 1)] = true
  end
  for i = 1, 3 do if queues[queueLetters[i]] then wake(queueLetters[i]) end end
end

-- Ends loans by their instants and puts the refs back. Answers how many.
local function giveBack(from, to, limit)
  local loans = broker .. ':loans'
  local refs = call('ZRANGEBYSCORE', loans, from, to, 'LIMIT', 0, limit)
  if #refs == 0 then return 0 end
  call('ZREM', loans, unpack(refs))
  putBack(refs)
  return #refs
end
`;
