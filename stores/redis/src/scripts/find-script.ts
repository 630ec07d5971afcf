import { defineScript } from '@waybill/redis';
import { documentsLua } from './documents.ts';
import { windowLua } from './window.ts';

/** ARGV[1]: catalog version, name of the collection, whether heads are enough, the window. Answers the page. */
export const findScript = defineScript(
  'store.find',
  { changes: false },
  String.raw`${documentsLua}${windowLua}
local a = decode(ARGV[1])
if call('GET', store .. ':version') ~= a[1] then return 'STALE' end
local name = a[2]
D[1], B[1], O[1] = store .. ':d:' .. name .. ':', store .. ':b:' .. name .. ':', store .. ':o:' .. name .. ':'
local members, more, total = window(a, 4)
local c, keys = {}, {}
for i = 1, #members do c[i], keys[i] = 1, D[1] .. members[i] end
local heads = #keys > 0 and chunks('MGET', keys) or {}
local found = a[3] == 1 and { heads, {}, {} } or whole(c, members, heads)
return { encode({ total, more and 1 or 0, members, found[1] }), found[2], found[3] }
`,
);
