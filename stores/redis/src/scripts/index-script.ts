import { defineScript } from '@waybill/redis';
import { documentsLua } from './documents.ts';

/** Puts older documents into an index that every writer keeps already. ARGV[2..]: collection, slot, members. */
export const indexScript = defineScript(
  'store.index',
  { changes: true },
  String.raw`${documentsLua}
local name, slot = ARGV[2], tonumber(ARGV[3])
local raw = call('HGET', store, 'c:' .. name)
local definition = raw and decode(raw)[2][slot]
if not definition then return 0 end
local spec, width = { 1, name, 0, 0, 1, slot, definition[1], #definition - 1 }, 2
for j = 2, #definition do spec[#spec + 1], width = definition[j], math.max(width, definition[j]) end
spec[4] = width
collections(spec, 1)
for i = 4, #ARGV do
  local k = i - 3
  C[k], M[k], K[k] = 1, ARGV[i], D[1] .. ARGV[i]
end
if #K > 0 then RAW = chunks('MGET', K) end
for k = 1, #K do
  local h = open(k)
  if h then
    local key, score, member = place(k, INDEXES[1][1], h, 0)
    if key then call('ZADD', key, score, member) end
  end
end
return #K
`,
);

/** The index covers all documents now. ARGV[2..]: collection, slot. */
export const indexedScript = defineScript(
  'store.indexed',
  { changes: true },
  String.raw`
local field = 'c:' .. ARGV[2]
local raw = redis.call('HGET', KEYS[1], field)
if not raw then return 0 end
local known, building = cmsgpack.unpack(raw), {}
for _, slot in ipairs(known[3]) do if slot ~= tonumber(ARGV[3]) then building[#building + 1] = slot end end
redis.call('HSET', KEYS[1], field, cmsgpack.pack({ known[1], known[2], building }))
return 1
`,
);
