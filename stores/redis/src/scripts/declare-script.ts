import { defineScript } from '@waybill/redis';

/** Of how documents lie in Redis: another number with every change that older or newer code would misread. */
const layout = '3';

/**
 * Makes sure that collections exist with at least these columns and indexes. ARGV[2]: for each its name, the indexes,
 * each as [across, names], and the names of columns. Answers the catalog's version and for each collection its
 * columns, its indexes as [across, positions], and the slots of those that do not cover older documents yet; or
 * `LAYOUT` if documents lie there in another way.
 */
export const declareScript = defineScript(
  'store.declare',
  { changes: true },
  String.raw`
local store = KEYS[1]
local version = redis.call('GET', store .. ':version')
if version and redis.call('HGET', store, 'layout') ~= '${layout}' then return 'LAYOUT' end
if not version then redis.call('HSET', store, 'layout', '${layout}') end
local changed = not version
local answer = {}

local function positionOf(columns, name)
  for i = 1, #columns do if columns[i] == name then return i + 2 end end
  columns[#columns + 1] = name
  return #columns + 2
end

local function same(one, other)
  if #one ~= #other then return false end
  for i = 1, #one do if one[i] ~= other[i] then return false end end
  return true
end

for i, wanted in ipairs(cmsgpack.unpack(ARGV[2])) do
  local field = 'c:' .. wanted[1]
  local raw = redis.call('HGET', store, field)
  local columns, indexes, building = {}, {}, {}
  if raw then
    local known = cmsgpack.unpack(raw)
    columns, indexes, building = known[1], known[2], known[3]
  end
  for _, index in ipairs(wanted[2]) do
    local definition = { index[1] }
    for j, name in ipairs(index[2]) do definition[j + 1] = positionOf(columns, name) end
    local slot
    for x = 1, #indexes do if same(indexes[x], definition) then slot = x end end
    if not slot then
      indexes[#indexes + 1] = definition
      -- A collection that was never declared has no documents
      if raw then building[#building + 1] = #indexes end
    end
  end
  for _, name in ipairs(wanted[3]) do positionOf(columns, name) end
  local packed = cmsgpack.pack({ columns, indexes, building })
  if packed ~= raw then
    redis.call('HSET', store, field, packed)
    changed = true
  end
  answer[i] = { columns, indexes, building }
end

if changed then
  -- By the clock: counting would begin again after the server has lost everything
  local fresh = string.format('%.0f', now * 1000)
  if version and tonumber(version) >= tonumber(fresh) then fresh = string.format('%.0f', tonumber(version) + 1) end
  version = fresh
  redis.call('SET', store .. ':version', version)
end
return { version, answer }
`,
);
