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

local ORDER, DIRTY, OLD, PARTS, dirty = {}, {}, {}, {}, 0

-- Remembers how the document was before the first write to it
local function touch(k)
  if DIRTY[k] then return end
  dirty = dirty + 1
  ORDER[dirty], DIRTY[k] = k, true
  local h = HEAD[k]
  PARTS[k] = h and h[1] or 0
  if not h then return end
  local indexes = INDEXES[C[k]]
  for x = 1, #indexes do
    local key, score, member = place(k, h, indexes[x])
    if key then OLD[k + x * 1e6] = { key, score, member } end
  end
end

local function push(lists, key, one, other)
  local list = lists[key]
  if not list then list = {} lists[key] = list end
  local n = #list
  list[n + 1] = one
  if other then list[n + 2] = other end
end

local function move(k, h, adds, removals)
  local indexes = INDEXES[C[k]]
  for x = 1, #indexes do
    local old = OLD[k + x * 1e6]
    local key, score, member
    if h then key, score, member = place(k, h, indexes[x]) end
    if old then
      OLD[k + x * 1e6] = nil
      if old[1] ~= key or old[3] ~= member then push(removals, old[1], old[3])
      elseif old[2] == score then key = nil end
    end
    if key then push(adds, key, score, member) end
  end
end

local function flush()
  if dirty == 0 then return end
  local sets, dels, adds, removals, n = {}, {}, {}, {}, 0
  local todo = dirty
  for d = 1, todo do
    local k = ORDER[d]
    local h, c, m = HEAD[k], C[k], M[k]
    move(k, h, adds, removals)
    if h then
      local raw = encode(h) .. TAIL[k]
      RAW[k], sets[n + 1], sets[n + 2] = raw, K[k], raw
      n = n + 2
      local body = BODY[k]
      if body then
        sets[n + 1], sets[n + 2] = B[c] .. m, ARGV[body]
        n = n + 2
      end
    else
      RAW[k], dels[#dels + 1] = false, K[k]
    end
    local parts = PARTS[k]
    if parts % 2 == 1 and not (h and h[1] % 2 == 1) then dels[#dels + 1] = B[c] .. m end
    if parts % 4 >= 2 and WIPE[k] then dels[#dels + 1] = O[c] .. m end
    DIRTY[k], BODY[k], WIPE[k] = nil, nil, nil
  end
  dirty = 0
  if base then
    sets[n + 1], sets[n + 2] = store .. ':last', string.format('%.0f', last)
    n = n + 2
  end
  if #dels > 0 then chunks('DEL', dels) end
  if n > 0 then chunks('MSET', sets) end
  for k, fields in pairs(PATCHED) do chunks('HSET', fields, O[C[k]] .. M[k]) end
  PATCHED = {}
  for key, list in pairs(removals) do chunks('ZREM', list, key) end
  for key, list in pairs(adds) do chunks('ZADD', list, key) end
end

local window
local function makeWindow()
${windowLua}
  return window
end

-- Whether an expectation holds, and where a goes on. Null stands for whatever is absent.
local function holds(p)
  local s, k = a[p], a[p + 1]
  local kind = KIND[s]
  if kind == ${kind.fields} then
    local h = open(k)
    if not h then return false end
    local positions = AT[s]
    for j = 1, #positions do
      local text = h[positions[j]]
      if text ~= a[p + 1 + j] then
        if text == nil or text == true then text = column(k, h, positions[j]) end
        if (text or 'null') ~= a[p + 1 + j] then return false end
      end
    end
    return true, p + 2 + #positions
  elseif kind == ${kind.absent} then
    local h = HEAD[k]
    if h == nil then return not RAW[k], p + 2 end
    return not h, p + 2
  elseif kind == ${kind.version} then
    local h = open(k)
    return h and h[2] == a[p + 2], p + 3
  elseif kind == ${kind.exists} then
    return open(k), p + 2
  elseif kind == ${kind.named} then
    local h = open(k)
    if not h then return false end
    local n = a[p + 2]
    for j = p + 3, p + 1 + 2 * n, 2 do
      if (look(k, h, a[j]) or 'null') ~= a[j + 1] then return false end
    end
    return true, p + 3 + 2 * n
  end
  flush()
  window = window or makeWindow()
  local c = k
  local members, _, _, q = window(a, p + 2)
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
  for _, overlay in ipairs(read[3]) do push(READS, 3, { given + overlay[1], overlay[2] }) end
  READ, WANTED, given = {}, {}, given + #READ
end

-- Gives an older head the columns that it lacks
local function widen(k, h)
  local width, n = WIDTH[C[k]], #h
  if n >= width then return end
  for j = n + 1, width do h[j] = true end
  h[1] = h[1] + 8 * (width - n)
end

local function apply(p, version)
  local s, k = a[p], a[p + 1]
  if WANTED[k] then gather() end
  local kind = KIND[s]
  local h = open(k)
  touch(k)
  if kind == ${kind.patch} then
    local positions = AT[s]
    widen(k, h)
    for j = 1, #positions do h[positions[j]] = a[p + 1 + j] end
    h[2] = version
    return p + 2 + #positions
  elseif kind == ${kind.put} then
    local c, body = C[k], a[p + 3]
    local behind = p + 4 + LEAD[c]
    HEAD[k], TAIL[k] = { a[p + 2], version, unpack(a, p + 4, behind - 1) }, a[behind]
    SHORT[k] = WIDTH[c] > LEAD[c] + 2
    LOOSE[k], PATCHED[k], WIPE[k] = nil, nil, true
    BODY[k] = body > 0 and body or nil
    return behind + 1
  elseif kind == ${kind.delete} then
    HEAD[k], BODY[k], LOOSE[k], PATCHED[k], WIPE[k] = false, nil, nil, nil, true
    return p + 2
  end
  local fields, n = PATCHED[k] or {}, a[p + 2]
  for j = p + 3, p + 3 * n, 3 do
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
  return p + 3 + 3 * n
end

local txs = a[p]
local R = {}
p = p + 1
for i = 1, txs do
  local nextp = p + a[p]
  local expected, failed = a[p + 1], nil
  p = p + 2
  for e = 1, expected do
    local held, after = holds(p)
    if not held then failed = e break end
    p = after
  end
  if failed then
    R[i] = -failed
  else
    local writes, version = a[p], 0
    if a[p + 1] == 1 then
      if not base then base, last = last, last + txs end
      version = base + i
    end
    p = p + 2
    for w = 1, writes do p = apply(p, version) end
    R[i] = version
    for r = 1, a[p] do
      local k = a[p + r]
      READ[#READ + 1], WANTED[k] = k, true
    end
  end
  p = nextp
end
if #READ > 0 then gather() else flush() end
return { encode({ R, READS[1] }), READS[2], READS[3] }
`,
);
