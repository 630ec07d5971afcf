/** Of the decimal number in front of a ref. */
export const numberLength = 14;

/**
 * How tickets lie in Redis, for the scripts that touch them. All keys begin with KEYS[1].
 *
 *   <broker>                 hash: `lent`, how many were ever lent; for each queue, as bits, the ranks whose lists (`n`)
 *                            and whose sets of returned tickets (`nb`) may hold something
 *   <broker>:q:<lane>        list of entries; a lane is the letter of a queue and the hexadecimal digit of a rank
 *   <broker>:b:<lane>        sorted set of refs that came back, all with the score 0: each is older than any in the list
 *   <broker>:later:<queue>   sorted set of refs that were given back for later, by their instant
 *   <broker>:loans           sorted set of refs on loan, by the instant at which they go back by themselves
 *   <broker>:wake:<queue>    list: one token wakes one process that waits, which passes it on while there is more
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

local function wake(queue)
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
  for queue in pairs(queues) do wake(queue) end
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
