/**
 * How documents lie in Redis, for the scripts that touch them. All keys begin with KEYS[1], the catalog.
 *
 *   <store>                     hash: `layout`, `c:<collection>` what was declared
 *   <store>:version             of what was declared: who knows another one may misread documents, and is refused
 *   <store>:last                the last version that a document was given
 *   <store>:d:<collection>:<m>  head: msgpack array [parts, version, column, …], behind it one by one the columns that no
 *                               writer of this head had to look at, and behind them the body if it is small
 *   <store>:b:<collection>:<m>  a larger body: msgpack map of the other fields as they were put; never rewritten
 *   <store>:o:<collection>:<m>  overlay: hash of patched fields that are large or have no column; '' is absent
 *   <store>:i:<collection>:<slot>:<tenant NUL><equality value NUL>…n|s   sorted set of m by the index's last field
 *
 * `m` is tenant NUL id. Fields are JSON texts, never decoded, so that every value comes back exactly; names are JSON
 * texts with a colon. `parts` adds 1 for a body with a key of its own, 2 for an overlay, 4 for a body in the head, and 8
 * for each column. A column is its text, or false where the field is absent, or true where overlay and body have the say;
 * columns that are younger than a head are missing there.
 * Numbers are in the set `n` with themselves as score; strings in the set `s`, the value in front of `m`.
 *
 * Strings are what Lua is slow with: Redis hashes each of them byte by byte. So a large body passes through a script only
 * when it is put or asked for, names only where a shape of operation first occurs, and of a head only those columns
 * are taken apart that an index or an operation of the batch needs: the rest is its tail, one string.
 */
export const documentsLua = String.raw`
local store = KEYS[1]
local call, decode, encode, decodeFirst = redis.call, cmsgpack.unpack, cmsgpack.pack, cmsgpack.unpack_limit
local byte, floor, min = string.byte, math.floor, math.min
local NAME, D, B, O, LEAD, WIDTH, INDEXES = {}, {}, {}, {}, {}, {}, {}
local C, M, K, RAW, HEAD, TAIL, BODY, LOOSE, PATCHED, WIPE = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}

local function chunks(command, list, key)
  local size = 4000
  if #list <= size then
    if key then return call(command, key, unpack(list)) end
    return call(command, unpack(list))
  end
  local answers, n = {}, 0
  for from = 1, #list, size do
    local to = min(from + size - 1, #list)
    local answer
    if key then answer = call(command, key, unpack(list, from, to)) else answer = call(command, unpack(list, from, to)) end
    if command == 'MGET' then for i = 1, to - from + 1 do answers[n + i] = answer[i] end end
    n = n + to - from + 1
  end
  return answers
end

-- Reads collections from a, each: name, how many columns lead to the last one of an index, the last position that the
-- batch needs, indexes, each: slot, across, fields, positions
local function collections(a, p)
  for c = 1, a[p] do
    local name, indexes = a[p + 1], {}
    NAME[c], LEAD[c], WIDTH[c], INDEXES[c] = name, a[p + 2], a[p + 3], indexes
    D[c], B[c], O[c] = store .. ':d:' .. name .. ':', store .. ':b:' .. name .. ':', store .. ':o:' .. name .. ':'
    local count = a[p + 4]
    p = p + 4
    for x = 1, count do
      local n = a[p + 3]
      local index = { groups = { prefix = store .. ':i:' .. name .. ':' .. a[p + 1] .. ':' }, across = a[p + 2] == 1, n = n }
      for j = 1, n do index[j] = a[p + 3 + j] end
      indexes[x] = index
      p = p + 3 + n
    end
  end
  return p + 1
end

-- What a head consists of, and where its array begins
local function partsOf(raw)
  local a, b, c, d, e, f = byte(raw, 1, 6)
  local start = 1
  if a == 220 then start, b, c, d = 3, d, e, f end
  if b < 128 then return b, start end
  if b == 204 then return c, start end
  return c * 256 + d, start
end

-- A table that is made at its full length, since one that grows is copied again and again; and what is behind it
local rest
local function gathered(raw, offset, ...)
  rest = offset < 0 and '' or string.sub(raw, offset + 1)
  return { ... }
end

-- The head as far as the batch needs it; TAIL has what follows
local function open(k)
  local h = HEAD[k]
  if h == nil then
    local raw = RAW[k]
    if raw then
      local parts, start = partsOf(raw)
      h = gathered(raw, decodeFirst(raw, min(floor(parts / 8) + 2, WIDTH[C[k]]), start))
      TAIL[k] = rest
    else
      h = false
    end
    HEAD[k] = h
  end
  return h
end

-- A closure for each call costs more than most calls have of work: what few of them need is made when it is needed
local lookup
local function makeLookup()
  -- The fields behind the columns of a head
  local function inlineBody(k, h)
    local tail, skipped = TAIL[k], floor(h[1] / 8) + 2 - #h
    if skipped > 0 then
      gathered(tail, decodeFirst(tail, skipped, 0))
      tail = rest
    end
    return decode(tail)
  end

  -- What the overlay says of a field, with what the batch has not written there yet
  local function patched(k, name)
    local fields = PATCHED[k]
    for j = fields and #fields - 1 or 0, 1, -2 do if fields[j] == name then return fields[j + 1] end end
    return not WIPE[k] and call('HGET', O[C[k]] .. M[k], name)
  end

  return function(k, h, name)
    local text = h[1] % 4 >= 2 and patched(k, name)
    if text then return text ~= '' and text or nil end
    local body = LOOSE[k]
    if not body then
      if h[1] % 2 == 1 then body = decode(BODY[k] and ARGV[BODY[k]] or call('GET', B[C[k]] .. M[k]))
      elseif h[1] % 8 >= 4 then body = inlineBody(k, h)
      else return nil end
      LOOSE[k] = body
    end
    return body[name]
  end
end

-- A field that the head does not decide
local function look(k, h, name)
  if not lookup then lookup = makeLookup() end
  return lookup(k, h, name)
end

local names
local function column(k, h, position)
  local text = h[position]
  if text ~= nil and text ~= true then return text end
  local c = C[k]
  names = names or {}
  if not names[c] then names[c] = decode(call('HGET', store, 'c:' .. NAME[c]))[1] end
  return look(k, h, names[c][position - 2])
end

-- By the first byte of a JSON text: what an index can hold
local function sortOf(text)
  local first = byte(text)
  if first == 34 then return 's' end
  if first == 45 or first >= 48 and first <= 57 then return 'n' end
end

-- What is in an index behind the prefix of a group and this one
local function within(group, name, prefix)
  local inner = { prefix = group.prefix .. prefix }
  group[name] = inner
  return inner
end

-- Key, score and member of a document in an index; nothing if it does not belong there. Its head is in values, behind from
local function place(k, index, values, from)
  local n, group, m = index.n, index.groups, M[k]
  if not index.across then
    local tenant = string.sub(m, 1, string.find(m, '\0', 1, true))
    group = group[tenant] or within(group, tenant, tenant)
  end
  for j = 1, n - 1 do
    local text = values[from + index[j]]
    if text == nil or text == true then text = column(k, open(k), index[j]) end
    if not text then return nil end
    local inner = group[text]
    if not inner then
      if not sortOf(text) then return nil end
      inner = within(group, text, text .. '\0')
    end
    group = inner
  end
  local last = values[from + index[n]]
  if last == nil or last == true then last = column(k, open(k), index[n]) end
  local sort = last and sortOf(last)
  if not sort then return nil end
  local inner = group[sort] or within(group, sort, sort)
  if sort == 'n' then return inner.prefix, last, m end
  -- NUL becomes NUL 255, so that the NUL behind the value sorts before whatever goes on with the value
  local sortable = string.gsub(cjson.decode('[' .. last .. ']')[1], '%z', '\0\255')
  return inner.prefix, '0', sortable .. '\0' .. m
end

-- What the client needs to put these documents together; heads and members are aligned
local function whole(c, members, heads)
  local bodies, overlays, asked, places = {}, {}, {}, {}
  for i = 1, #members do
    local parts = heads[i] and partsOf(heads[i]) or 0
    if parts % 2 == 1 then asked[#asked + 1], places[#places + 1] = B[c[i]] .. members[i], i end
    if parts % 4 >= 2 then
      overlays[#overlays + 1] = { i - 1, call('HGETALL', O[c[i]] .. members[i]) }
    end
  end
  if #asked > 0 then
    local found = chunks('MGET', asked)
    for i = 1, #members do bodies[i] = false end
    for j = 1, #places do bodies[places[j]] = found[j] end
  end
  return { heads, bodies, overlays }
end
`;
