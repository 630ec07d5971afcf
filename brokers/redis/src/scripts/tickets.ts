/**
 * How tickets lie in Redis, for the scripts that touch them. All keys begin with KEYS[1].
 *
 *   <broker>                 hash: for each queue, as bits, the ranks whose lists may hold something
 *   <broker>:q:<lane>        list of entries; a lane is the letter of a queue and the hexadecimal digit of a rank
 *   <broker>:later:<queue>   sorted set of entries that were given back for later, by their instant
 *   <broker>:loans           sorted set of entries on loan, by the instant at which they go back by themselves
 *   <broker>:wake:<queue>    list: one token wakes one process that waits, which passes it on while there is more
 *
 * An entry says everything of its ticket, and begins with its lane. Loans of one acquisition share an instant that
 * no other has, to a fraction of a millisecond: so whoever lost the answer can give back what it never saw.
 *
 * Lists, since Redis pops a hundred elements of a list in the time of ten of a sorted set.
 */
export const ticketsLua = String.raw`
local broker = KEYS[1]
local call, sub = redis.call, string.sub
local chunk = 4000
local masks, changed = {}, {}

local function mask(queue)
  local known = masks[queue]
  if not known then
    known = tonumber(call('HGET', broker, queue) or 0)
    masks[queue] = known
  end
  return known
end

local function remask(queue, wanted)
  if mask(queue) == wanted then return end
  masks[queue], changed[queue] = wanted, true
end

local function saveMasks()
  for queue in pairs(changed) do call('HSET', broker, queue, masks[queue]) end
end

local function mark(lane)
  local queue = sub(lane, 1, 1)
  remask(queue, bit.bor(mask(queue), bit.lshift(1, tonumber(sub(lane, 2, 2), 16))))
  return queue
end

local function wake(queue)
  local key = broker .. ':wake:' .. queue
  if call('LLEN', key) == 0 then call('RPUSH', key, 1) end
end

-- Puts entries back to the front of their lanes, the first one foremost
local function putBack(entries)
  local queues = {}
  for i = #entries, 1, -1 do
    local lane = sub(entries[i], 1, 2)
    call('LPUSH', broker .. ':q:' .. lane, entries[i])
    queues[mark(lane)] = true
  end
  for queue in pairs(queues) do wake(queue) end
end

-- Ends loans by their instants and puts the entries back
local function giveBack(from, to, limit)
  local loans = broker .. ':loans'
  local entries = call('ZRANGEBYSCORE', loans, from, to, 'LIMIT', 0, limit)
  if #entries == 0 then return end
  call('ZREM', loans, unpack(entries))
  putBack(entries)
end
`;
