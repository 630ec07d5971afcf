import { defineScript } from '@waybill/redis';
import { messagesLua } from './messages.ts';

/**
 * ARGV[2..]: name of the request, for how long it is remembered, how many messages a subject keeps and for how long,
 * then messages, each as subject, text, key or ''. A key begins with a colon, so that an empty one is a key too.
 */
export const publishScript = defineScript(
  'channel.publish',
  { changes: true },
  String.raw`${messagesLua}
-- Sent again after a doubt it is the same request
if not call('SET', channel .. ':did:' .. ARGV[2], 1, 'NX', 'PX', ARGV[3]) then return 0 end
local seq = math.max(tonumber(call('HGET', channel, 'seq') or 0), math.floor(now * 1000))
local newest, subjects = {}, {}
for i = 6, #ARGV, 3 do
  seq = seq + 1
  local subject, key = ARGV[i], ARGV[i + 2]
  local stream, id = channel .. ':s:' .. subject, asText(seq) .. '-0'
  if key == '' then call('XADD', stream, 'MAXLEN', '~', ARGV[4], id, 'm', ARGV[i + 1])
  else call('XADD', stream, 'MAXLEN', '~', ARGV[4], id, 'k', string.sub(key, 2), 'm', ARGV[i + 1]) end
  if not newest[subject] then subjects[#subjects + 1] = subject end
  newest[subject] = asText(seq)
end
call('HSET', channel, 'seq', asText(seq))
local index = channel .. ':subjects'
for _, subject in ipairs(subjects) do
  call('ZADD', index, newest[subject], subject)
  call('PEXPIRE', channel .. ':s:' .. subject, ARGV[5])
end
-- Subjects whose streams have expired, a few each time
for _, subject in ipairs(call('ZRANGE', index, 0, 1)) do
  if call('EXISTS', channel .. ':s:' .. subject) == 0 then call('ZREM', index, subject) end
end
call('PUBLISH', channel .. ':bell', 'm ' .. table.concat(subjects, ' '))
return 1
`,
);
