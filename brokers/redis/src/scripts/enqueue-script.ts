import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

/** ARGV[2..]: name of the request, for how long it is remembered; then for each lane its name, a count, entries. */
export const enqueueScript = defineScript(
  'broker.enqueue',
  { changes: true },
  String.raw`${ticketsLua}
-- Sent again after a doubt it is the same request
if not call('SET', broker .. ':did:' .. ARGV[2], 1, 'NX', 'PX', ARGV[3]) then return 0 end
local i, queues = 4, {}
while i <= #ARGV do
  local lane, last = ARGV[i], i + 1 + tonumber(ARGV[i + 1])
  for from = i + 2, last, chunk do
    call('RPUSH', broker .. ':q:' .. lane, unpack(ARGV, from, math.min(last, from + chunk - 1)))
  end
  mark(lane, '')
  queues[string.sub(lane, 1, 1)] = true
  i = last + 1
end
for i = 1, 3 do if queues[queueLetters[i]] then wake(queueLetters[i]) end end
saveMasks()
return 1
`,
);
