/**
 * How documents lie in Redis, for the scripts that touch them. All keys begin with KEYS[1], the catalog.
 *
 *   <store>                     hash: `last` version of a document, `c:<collection>` what was declared
 *   <store>:version             of what was declared: who knows another one may misread documents, and is refused
 *   <store>:d:<collection>:<m>  head: msgpack array [parts, version, column, column, …]
 *   <store>:b:<collection>:<m>  body: msgpack map of the other fields as they were put; never rewritten
 *   <store>:o:<collection>:<m>  overlay: hash of patched fields that are large or have no column; '' is absent
 *   <store>:i:<collection>:<slot>:<tenant NUL><equality value NUL>…n|s   sorted set of m by the index's last field
 *
 * `m` is tenant NUL id. Fields are JSON texts, never decoded, so that every value comes back exactly; names are JSON
 * texts with a colon. `parts` adds 1 for a body and 2 for an overlay. A column is its text, or false where the field
 * is absent, or true where overlay and body have the say; columns that are younger than a head are missing there.
 * Numbers are in the set `n` with themselves as score; strings in the set `s`, the value in front of `m`.
 *
 * Strings are what Lua is slow with: Redis hashes each of them byte by byte. So a body passes through a script only
 * when it is put or asked for, and names only where a shape of operation first occurs.
 */
export const documentsLua = String.raw`
local store = KEYS[1]
local call, decode, encode, byte = redis.call, cmsgpack.unpack, cmsgpack.pack, string.byte
local NAME, D, B, O, WIDTH, INDEXES = {}, {}, {}, {}, {}, {}
local C, M, K, RAW, HEAD, BODY, LOOSE = {}, {}, {}, {}, {}, {}, {}
local flush = function() end

local function chunks(command, list, key)
  local size = 4000
  if #list <= size then
    if key then return call(command, key, unpack(list)) end
    return call(command, unpack(list))
  end
  local answers, n = {}, 0
  for from = 1, #list, size do
    local to = math.min(from + size - 1, #list)
    local answer
    if key then answer = call(command, key, unpack(list, from, to)) else answer = call(command, unpack(list, from, to)) end
    if command == 'MGET' then for i = 1, to - from + 1 do answers[n + i] = answer[i] end end
    n = n + to - from + 1
  end
  return answers
end

-- Reads collections from a, each: name, columns, indexes, each: slot, across, fields, positions
local function collections(a, p)
  for c = 1, a[p] do
    local name, indexes = a[p + 1], {}
    NAME[c], WIDTH[c], INDEXES[c] = name, a[p + 2] + 2, indexes
    D[c], B[c], O[c] = store .. ':d:' .. name .. ':', store .. ':b:' .. name .. ':', store .. ':o:' .. name .. ':'
    local count = a[p + 3]
    p = p + 3
    for x = 1, count do
      local n = a[p + 3]
      local index = { prefix = store .. ':i:' .. name .. ':' .. a[p + 1] .. ':', across = a[p + 2] == 1, n = n, groups = {} }
      for j = 1, n do index[j] = a[p + 3 + j] end
      indexes[x] = index
      p = p + 3 + n
    end
  end
  return p + 1
end

-- A head as a table that is made at its full length: one that grows is copied again and again
local function gathered(_, ...) return { ... } end
local function headOf(raw)
  local first = byte(raw, 1)
  if first == 220 and byte(raw, 2) > 0 then return decode(raw) end
  return gathered(cmsgpack.unpack_limit(raw, 256, first == 220 and 3 or 1))
end

local function open(k)
  local h = HEAD[k]
  if h == nil then
    local raw = RAW[k]
    h = raw and headOf(raw) or false
    HEAD[k] = h
  end
  return h
end

-- A field that the head does not decide
local function look(k, h, name)
  if h[1] >= 2 then
    flush()
    local text = call('HGET', O[C[k]] .. M[k], name)
    if text then return text ~= '' and text or nil end
  end
  if h[1] % 2 == 0 then return nil end
  local body = LOOSE[k]
  if not body then
    body = decode(BODY[k] and ARGV[BODY[k]] or call('GET', B[C[k]] .. M[k]))
    LOOSE[k] = body
  end
  return body[name]
end

local names = {}
local function nameAt(c, position)
  if not names[c] then names[c] = decode(call('HGET', store, 'c:' .. NAME[c]))[1] end
  return names[c][position - 2]
end

local function column(k, h, position)
  local text = h[position]
  if text == nil or text == true then return look(k, h, nameAt(C[k], position)) end
  return text
end

-- By the first byte of a JSON text: what an index can hold
local SORT = { [34] = 's', [45] = 'n' }
for digit = 48, 57 do SORT[digit] = 'n' end

-- NUL becomes NUL 255, so that the NUL behind the value sorts before whatever goes on with the value
local function sortable(text)
  return (string.gsub(cjson.decode('[' .. text .. ']')[1], '%z', '\0\255'))
end

-- Key, score and member of a document in an index; nothing if it does not belong there
local function place(k, h, index)
  local n = index.n
  local last = column(k, h, index[n])
  local sort = last and SORT[byte(last)]
  if not sort then return nil end
  local group, key = index.groups, nil
  if not index.across then
    local m = M[k]
    local tenant = string.sub(m, 1, string.find(m, '\0', 1, true))
    local inner = group[tenant]
    if not inner then inner = { prefix = index.prefix .. tenant } group[tenant] = inner end
    group = inner
  end
  for j = 1, n - 1 do
    local text = column(k, h, index[j])
    if not (text and SORT[byte(text)]) then return nil end
    local inner = group[text]
    if not inner then inner = { prefix = (group.prefix or index.prefix) .. text .. '\0' } group[text] = inner end
    group = inner
  end
  local id = sort == 'n' and 1 or 2
  key = group[id]
  if not key then key = (group.prefix or index.prefix) .. sort group[id] = key end
  if sort == 'n' then return key, last, M[k] end
  return key, '0', sortable(last) .. '\0' .. M[k]
end

-- What the client needs to put these documents together; heads and members are aligned
local function whole(c, members, heads)
  local bodies, overlays, asked = {}, {}, {}
  for i = 1, #members do asked[i] = B[c[i]] .. members[i] end
  if #asked > 0 then bodies = chunks('MGET', asked) end
  for i = 1, #members do
    local raw = heads[i]
    if raw and byte(raw, byte(raw, 1) == 220 and 4 or 2) >= 2 then
      overlays[#overlays + 1] = { i - 1, call('HGETALL', O[c[i]] .. members[i]) }
    end
  end
  return { heads, bodies, overlays }
end
`;
