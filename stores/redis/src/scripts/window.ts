/**
 * One page of an index: numbers, then strings, as one sequence of ranks. Seeking costs O(log n), also behind a
 * cursor whose document has gone; only among equal numbers it takes a binary search by rank.
 */
export const windowLua = String.raw`
-- Compares bytes. Lua's own order depends on the server's locale.
local function before(one, other)
  local n = math.min(#one, #other)
  for i = 1, n do
    local x, y = byte(one, i), byte(other, i)
    if x ~= y then return x < y end
  end
  return #one < #other
end

-- How many members of a set of numbers stand before (score, member), and whether it is there
local function rank(key, score, member)
  local low = call('ZCOUNT', key, '-inf', '(' .. score)
  local high = call('ZCOUNT', key, '-inf', score)
  local exact = call('ZRANK', key, member)
  if exact and exact >= low and exact < high then return exact, true end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(call('ZRANGE', key, middle, middle)[1], member) then low = middle + 1 else high = middle end
  end
  return low, false
end

-- a[p]: group, desc, limit, numbers, min, max, strings, min, max, kind of cursor, score, member. '' is no bound;
-- the bounds of strings are such that what belongs sorts before max and not before min.
-- Answers members, whether there are more, the count without cursor and limit, and where a goes on.
local function window(a, p)
  local nkey, skey, desc, limit = a[p] .. 'n', a[p] .. 's', a[p + 1] == 1, a[p + 2]
  local nlow, nhigh, slow, shigh = 0, 0, 0, 0
  if a[p + 3] == 1 then
    nhigh = a[p + 5] == '' and call('ZCARD', nkey) or call('ZCOUNT', nkey, '-inf', a[p + 5])
    if a[p + 4] ~= '' then nlow = call('ZCOUNT', nkey, '-inf', '(' .. a[p + 4]) end
  end
  if a[p + 6] == 1 then
    shigh = a[p + 8] == '' and call('ZCARD', skey) or call('ZLEXCOUNT', skey, '-', '(' .. a[p + 8])
    if a[p + 7] ~= '' then slow = call('ZLEXCOUNT', skey, '-', '(' .. a[p + 7]) end
  end
  local total = math.max(0, nhigh - nlow) + math.max(0, shigh - slow)
  local kind, score, member = a[p + 9], a[p + 10], a[p + 11]
  if kind == 1 then
    local at, there = rank(nkey, score, member)
    if desc then nhigh, shigh = math.min(nhigh, at), slow
    else nlow = math.max(nlow, there and at + 1 or at) end
  elseif kind == 2 then
    if desc then shigh = math.min(shigh, call('ZLEXCOUNT', skey, '-', '(' .. member))
    else nlow, slow = nhigh, math.max(slow, call('ZLEXCOUNT', skey, '-', '[' .. member)) end
  end
  local members = {}
  local function take(key, low, high)
    local n = math.min(high - low, limit - #members)
    if n <= 0 then return end
    local from = desc and high - n or low
    local found = call('ZRANGE', key, from, from + n - 1)
    local strings = key == skey
    for i = 1, #found do
      local one = desc and found[#found + 1 - i] or found[i]
      -- Behind the value, which ends with the only NUL that 255 does not follow
      if strings then one = string.sub(one, string.find(one, '%z[^\255]') + 1) end
      members[#members + 1] = one
    end
  end
  if desc then take(skey, slow, shigh) take(nkey, nlow, nhigh) else take(nkey, nlow, nhigh) take(skey, slow, shigh) end
  local left = math.max(0, nhigh - nlow) + math.max(0, shigh - slow)
  return members, left > #members, total, p + 12
end
`;
