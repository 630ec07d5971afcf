import { defineScript } from '@waybill/redis';
import { firstShape, kind } from '../commit-kinds.ts';
import { documentsLua } from './documents.ts';
import { windowLua } from './window.ts';

const kindsWithoutShape = Array.from({ length: firstShape - 1 }, (_, i) => i + 1).join(', ');

/**
 * Decides each transaction of a batch, one after the other, against heads in memory; then writes, with nothing left
 * that could fail. See `CommitRequest` for what ARGV holds. Answers `STALE` if the catalog has changed; else for each
 * transaction its version, or -n if its nth operation found a conflict, and the documents asked for.
 */
export const commitScript = defineScript(
  'store.commit',
  { changes: true },
  String.raw`${documentsLua}
local a = decode(ARGV[2])
local p = collections(a, 2)

-- Shapes: kind and positions of operations that recur
local KIND, AT = { ${kindsWithoutShape} }, {}
for s = ${firstShape}, a[p] + ${firstShape - 1} do
  local positions, n = {}, a[p + 2]
  for j = 1, n do positions[j] = a[p + 2 + j] end
  KIND[s], AT[s] = a[p + 1], positions
  p = p + 2 + n
end
p = p + 1

-- Kinds of transactions about one document, each: expectation, write, reads, and how many values the first two have
local kinds = p
p = p + 5 * a[p] + 1

for k = 1, a[p] do
  local c, m = a[p + 1], a[p + 2]
  C[k], M[k], K[k] = c, m, D[c] .. m
  p = p + 2
end
p = p + 1
local keys = #K
K[keys + 1], K[keys + 2] = store .. ':version', store .. ':last'
RAW = chunks('MGET', K)
if RAW[keys + 1] ~= a[1] then return 'STALE' end
-- The last version that a document was given, and the one before this batch once something in it needs one
local last, base = tonumber(RAW[keys + 2] or 0), nil

local ORDER, DIRTY, PARTS, dirty = {}, {}, {}, 0
-- Of the documents in ORDER, one after the other, where each of their indexes has them; false: nowhere
local KEY, SCORE, MEMBER, places = {}, {}, {}, 0
-- Documents that have come to be since the last flush, and been written to once: most of those that are put. They are
-- ready to be written at once, and not taken apart
local FRESH = {}
local sets, set, adds = {}, 0, {}

-- Remembers how the document was before the first write to it
local function touch(k)
  if DIRTY[k] then return end
  dirty = dirty + 1
  ORDER[dirty], DIRTY[k] = k, true
  local h, indexes = open(k), INDEXES[C[k]]
  PARTS[k] = h and h[1] or 0
  for x = 1, #indexes do
    local key, score, member
    if h then key, score, member = place(k, indexes[x], h, 0) end
    places = places + 1
    KEY[places], SCORE[places], MEMBER[places] = key or false, score, member
  end
end

local function write(key, value)
  sets[set + 1], sets[set + 2] = key, value
  set = set + 2
end

local function listed(lists, key)
  local list = lists[key]
  if not list then
    list = { n = 0 }
    lists[key] = list
  end
  return list
end

local function add(key, score, member)
  local list = listed(adds, key)
  local n = list.n + 2
  list[n - 1], list[n], list.n = score, member, n
end

local function flush()
  local dels, removals, deleted, at = {}, {}, 0, 0
  for d = 1, dirty do
    local k = ORDER[d]
    local c, parts, h, raw = C[k], PARTS[k], HEAD[k], nil
    if h == nil then h, raw = open(k), RAW[k] end
    local indexes = INDEXES[c]
    for x = 1, #indexes do
      at = at + 1
      local oldKey, oldMember = KEY[at], MEMBER[at]
      local key, score, member
      if h then key, score, member = place(k, indexes[x], h, 0) end
      if oldKey then
        if oldKey ~= key or oldMember ~= member then
          local list = listed(removals, oldKey)
          local n = list.n + 1
          list[n], list.n = oldMember, n
        elseif SCORE[at] == score then
          key = nil
        end
      end
      if key then add(key, score, member) end
    end
    if h then
      raw = raw or encode(h) .. TAIL[k]
      write(K[k], raw)
      if BODY[k] then write(B[c] .. M[k], ARGV[BODY[k]]) end
    else
      raw, deleted = false, deleted + 1
      dels[deleted] = K[k]
    end
    if parts % 2 == 1 and not (h and h[1] % 2 == 1) then
      deleted = deleted + 1
      dels[deleted] = B[c] .. M[k]
    end
    if parts % 4 >= 2 and WIPE[k] then
      deleted = deleted + 1
      dels[deleted] = O[c] .. M[k]
    end
    RAW[k], DIRTY[k], BODY[k], WIPE[k] = raw, nil, nil, nil
  end
  if base and (set > 0 or dirty > 0) then write(store .. ':last', string.format('%.0f', last)) end
  if deleted > 0 then chunks('DEL', dels) end
  if set > 0 then chunks('MSET', sets) end
  for k, fields in pairs(PATCHED) do chunks('HSET', fields, O[C[k]] .. M[k]) end
  for key, list in pairs(removals) do chunks('ZREM', list, key) end
  for key, list in pairs(adds) do chunks('ZADD', list, key) end
  dirty, places, FRESH, PATCHED, sets, set, adds = 0, 0, {}, {}, {}, 0, {}
end

local window
local function makeWindow()
${windowLua}
  return window
end

-- Whether an expectation with its values from a[p] on holds, and where a goes on. Null stands for whatever is absent.
local function holds(s, k, p)
  local kind = KIND[s]
  if kind == ${kind.fields} then
    local h = open(k)
    if not h then return false end
    local positions = AT[s]
    for j = 1, #positions do
      local text = h[positions[j]]
      if text ~= a[p + j - 1] then
        if text == nil or text == true then text = column(k, h, positions[j]) end
        if (text or 'null') ~= a[p + j - 1] then return false end
      end
    end
    return true, p + #positions
  elseif kind == ${kind.absent} then
    local h = HEAD[k]
    if h == nil then return not RAW[k], p end
    return not h, p
  elseif kind == ${kind.version} then
    local h = open(k)
    return h and h[2] == a[p], p + 1
  elseif kind == ${kind.exists} then
    return open(k), p
  elseif kind == ${kind.named} then
    local h = open(k)
    if not h then return false end
    local n = a[p]
    for j = p + 1, p + 2 * n - 1, 2 do
      if (look(k, h, a[j]) or 'null') ~= a[j + 1] then return false end
    end
    return true, p + 1 + 2 * n
  end
  flush()
  window = window or makeWindow()
  local c = k
  local members, _, _, q = window(a, p)
  local n = a[q]
  if n ~= #members then return false end
  local keys = {}
  for i = 1, n do
    if members[i] ~= a[q + 2 * i - 1] then return false end
    keys[i] = D[c] .. members[i]
  end
  local heads = n > 0 and chunks('MGET', keys) or {}
  for i = 1, n do if decode(heads[i])[2] ~= a[q + 2 * i] then return false end end
  return true, q + 2 * n + 1
end

local READ, READS, WANTED, given = {}, { {}, {}, {} }, {}, 0

-- Reads what was asked for so far, before anything else is written to it
local function gather()
  flush()
  local c, members, heads = {}, {}, {}
  for i = 1, #READ do
    local k = READ[i]
    c[i], members[i], heads[i] = C[k], M[k], RAW[k]
  end
  local read = whole(c, members, heads)
  for i = 1, #READ do READS[1][given + i], READS[2][given + i] = read[1][i], read[2][i] or false end
  for _, overlay in ipairs(read[3]) do READS[3][#READS[3] + 1] = { given + overlay[1], overlay[2] } end
  READ, WANTED, given = {}, {}, given + #READ
end

-- Gives an older head the columns that it lacks
local function widen(k, h)
  local width, n = WIDTH[C[k]], #h
  if n >= width then return end
  for j = n + 1, width do h[j] = true end
  h[1] = h[1] + 8 * (width - n)
end

-- How a head of so many parts and this version begins: often like the one before
local beginning, begunParts, begunVersion

-- Where in a the columns are that led to the last document; by index, its key and score there where they follow from these
local led, LEDKEY, LEDSCORE

-- a[p]: parts, body, the columns that lead to the last one of an index or how far back they are, the head behind its
-- version
local function put(k, p, version, again)
  local parts, body, lead, behind = a[p], a[p + 1], p + 2, p + 3
  if again then lead = lead - a[p + 2] else behind = lead + LEAD[C[k]] end
  if version ~= begunVersion or parts ~= begunParts then
    beginning, begunParts, begunVersion = encode({ parts, version }), parts, version
  end
  local raw = beginning .. a[behind]
  -- What it was, or a body of its own, is to be remembered until the next flush
  if RAW[k] or DIRTY[k] or body > 0 then
    if FRESH[k] then flush() end
    touch(k)
    LOOSE[k], PATCHED[k], WIPE[k], BODY[k] = nil, nil, true, body > 0 and body or nil
    RAW[k], HEAD[k] = raw, nil
  else
    RAW[k], HEAD[k], FRESH[k] = raw, nil, true
    write(K[k], raw)
    if lead ~= led then led, LEDKEY, LEDSCORE = lead, {}, {} end
    local indexes = INDEXES[C[k]]
    for x = 1, #indexes do
      local key, score, member = LEDKEY[x], LEDSCORE[x], M[k]
      if not key then
        key, score, member = place(k, indexes[x], a, lead - 3)
        if indexes[x].across and member == M[k] then LEDKEY[x], LEDSCORE[x] = key, score end
      end
      if key then add(key, score, member) end
    end
  end
  return behind + 1
end

-- Does what is to be written with its values from a[p] on; answers where a goes on
local function apply(s, k, p, version)
  if WANTED[k] then gather() end
  local kind = KIND[s]
  if kind == ${kind.put} or kind == ${kind.putAgain} then return put(k, p, version, kind == ${kind.putAgain}) end
  if FRESH[k] then flush() end
  touch(k)
  local h = open(k)
  if kind == ${kind.patch} then
    local positions = AT[s]
    widen(k, h)
    for j = 1, #positions do h[positions[j]] = a[p + j - 1] end
    h[2] = version
    return p + #positions
  elseif kind == ${kind.delete} then
    HEAD[k], BODY[k], LOOSE[k], PATCHED[k], WIPE[k] = false, nil, nil, nil, true
    return p
  end
  local fields, n = PATCHED[k] or {}, a[p]
  for j = p + 1, p + 3 * n - 2, 3 do
    local position = a[j]
    if position > 0 then
      widen(k, h)
      h[position] = true
    end
    fields[#fields + 1], fields[#fields + 2] = a[j + 1], a[j + 2] or ''
  end
  PATCHED[k] = fields
  if h[1] % 4 < 2 then h[1] = h[1] + 2 end
  h[2] = version
  return p + 1 + 3 * n
end

local txs = a[p]
local R = {}
p = p + 1
for i = 1, txs do
  if a[p] > 0 then
    -- About one document: kind, key, values
    local kind, k, values = kinds + 5 * a[p] - 4, a[p + 1], p + 2
    local writes = values + a[kind + 3]
    p = writes + a[kind + 4]
    if holds(a[kind], k, values) then
      if not base then base, last = last, last + txs end
      R[i] = base + i
      apply(a[kind + 1], k, writes, base + i)
      if a[kind + 2] == 1 then READ[#READ + 1], WANTED[k] = k, true end
    else
      R[i] = -1
    end
  else
    -- Any other: 0, length, expectations, writes, whether they need a version, reads
    local after, expected, version = p + 1 + a[p + 1], a[p + 2], 0
    p = p + 3
    for e = 1, expected do
      local held, behind = holds(a[p], a[p + 1], p + 2)
      if not held then R[i] = -e break end
      p = behind
    end
    if not R[i] then
      local writes = a[p]
      if a[p + 1] == 1 then
        if not base then base, last = last, last + txs end
        version = base + i
      end
      p = p + 2
      for w = 1, writes do p = apply(a[p], a[p + 1], p + 2, version) end
      R[i] = version
      for r = p + 1, p + a[p] do READ[#READ + 1], WANTED[a[r]] = a[r], true end
    end
    p = after
  end
end
if #READ > 0 then gather() else flush() end
return { encode({ R, READS[1] }), READS[2], READS[3] }
`,
);
