import { defineScript } from '@waybill/redis';
import { documentsLua } from './documents.ts';

/** ARGV: catalog version, then collection and member of each document. Answers them whole, as one moment saw them. */
export const getScript = defineScript(
  'store.get',
  { changes: false },
  String.raw`${documentsLua}
if call('GET', store .. ':version') ~= ARGV[1] then return 'STALE' end
local c, members, keys = {}, {}, {}
for i = 2, #ARGV, 2 do
  local n, name = #members + 1, ARGV[i]
  D[n], B[n], O[n] = store .. ':d:' .. name .. ':', store .. ':b:' .. name .. ':', store .. ':o:' .. name .. ':'
  c[n], members[n], keys[n] = n, ARGV[i + 1], D[n] .. ARGV[i + 1]
end
return whole(c, members, chunks('MGET', keys))
`,
);
