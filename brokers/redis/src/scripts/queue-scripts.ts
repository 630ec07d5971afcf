import { defineScript } from '@waybill/redis';
import { ticketsLua } from './tickets.ts';

const lanesLua = String.raw`
-- Keys of one kind that may hold something
local function lanes(queue, suffix, kind)
  local found, ranks = {}, mask(queue .. suffix)
  for rank = 0, 10 do
    if has(ranks, rank) then found[#found + 1] = broker .. kind .. queue .. string.format('%x', rank) end
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
  for _, key in ipairs(lanes(ARGV[i], '', ':q:')) do waiting = waiting + call('LLEN', key) end
  for _, key in ipairs(lanes(ARGV[i], 'b', ':b:')) do waiting = waiting + call('ZCARD', key) end
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
  for _, key in ipairs(lanes(queue, '', ':q:')) do call('UNLINK', key) end
  for _, key in ipairs(lanes(queue, 'b', ':b:')) do call('UNLINK', key) end
  call('UNLINK', broker .. ':later:' .. queue, broker .. ':wake:' .. queue)
  remask(queue, 0)
  remask(queue .. 'b', 0)
end
saveMasks()
return 1
`,
);
