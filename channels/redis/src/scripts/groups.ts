/** What the scripts of groups share; see `messages.ts`. ARGV[2] is the name of the group. */
export const groupsLua = String.raw`
local group = channel .. ':g:' .. ARGV[2]
local loans, ready = group .. ':loans', group .. ':ready'

local function laneOf(ref)
  local first = string.find(ref, '\0', 1, true)
  if not string.find(ref, '\0', first + 1, true) then return nil end
  return group .. ':lane:' .. string.sub(ref, first + 1)
end

-- The next one of the lane may go. Answers whether there is one.
local function finish(ref)
  local lane = laneOf(ref)
  if not lane then return false end
  call('LREM', lane, 1, ref)
  local heir = call('LINDEX', lane, 0)
  if not heir then return false end
  call('ZADD', ready, 0, heir)
  call('HINCRBY', group, 'waiting', -1)
  return true
end

-- Loans that end at these instants go back. Answers how many.
local function giveBack(from, to)
  local refs = call('ZRANGEBYSCORE', loans, from, to, 'LIMIT', 0, 1000)
  for _, ref in ipairs(refs) do
    call('ZREM', loans, ref)
    call('ZADD', ready, 0, ref)
  end
  return #refs
end

local function tell()
  call('PUBLISH', channel .. ':bell', 'g ' .. ARGV[2])
end
`;
