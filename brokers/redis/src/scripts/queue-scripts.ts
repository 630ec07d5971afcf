import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

const lanesLua = String.raw`
local function lanes(queue)
  local found, ranks = {}, mask(queue)
  for rank = 0, 10 do
    if bit.band(ranks, bit.lshift(1, rank)) ~= 0 then
      found[#found + 1] = broker .. ':q:' .. queue .. string.format('%x', rank)
    end
  end
  return found
end
`;

/** ARGV: queues. Answers how many tickets wait in each. */
export const depthScript = defineScript(
  'broker.depth',
  { changes: false },
  String.raw`${ticketsLua}${lanesLua}
local answer = {}
for i = 1, #ARGV do
  local waiting = call('ZCARD', broker .. ':later:' .. ARGV[i])
  for _, key in ipairs(lanes(ARGV[i])) do waiting = waiting + call('LLEN', key) end
  answer[i] = waiting
end
return answer
`,
);

/** ARGV[2..]: queues. Drops what waits in them. */
export const clearScript = defineScript(
  'broker.clear',
  { changes: true },
  String.raw`${ticketsLua}${lanesLua}
for i = 2, #ARGV do
  local queue = ARGV[i]
  for _, key in ipairs(lanes(queue)) do call('UNLINK', key) end
  call('UNLINK', broker .. ':later:' .. queue, broker .. ':wake:' .. queue)
  remask(queue, 0)
end
saveMasks()
return 1
`,
);
