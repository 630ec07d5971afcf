import { defineScript } from '@waybill/redis';
import { messagesLua } from './messages.ts';

/**
 * ARGV[2..]: name of the request, for how long it is remembered, how many messages a subject keeps and for how long,
 * then messages, each as subject, text, and 'h' for a hint, '' or the key. A key begins with a colon, so that an empty
 * one is a key too. A hint tells the seq of the message before it, on the channel of its subject and on that of all.
 * Answers, of hints alone, how many connections have heard any.
 */
export const publishScript = defineScript(
  'channel.publish',
  { changes: true },
  String.raw`${messagesLua}
-- Sent again after a doubt it is the same request; hints alone are not sent again
if ARGV[2] ~= '' and not call('SET', channel .. ':did:' .. ARGV[2], 1, 'NX', 'PX', ARGV[3]) then return 0 end
-- A hint has a place where there are no messages too: behind all that the server may have lost, and before all to come
local newestSeq = call('HGET', channel, 'seq')
local seq = tonumber(newestSeq or math.floor(now * 1000) - 1)
local newest, subjects, hints, hintsOf = {}, {}, {}, {}
for i = 6, #ARGV, 3 do
  local subject, text, key = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if key == 'h' then
    local hint, own = asText(seq) .. ' ' .. text, hintsOf[subject] or {}
    hints[#hints + 1], own[#own + 1], hintsOf[subject] = hint, hint, own
  else
    seq = math.max(seq + 1, math.floor(now * 1000))
    local stream, id = channel .. ':s:' .. subject, asText(seq) .. '-0'
    if key == '' then call('XADD', stream, 'MAXLEN', '~', ARGV[4], id, 'm', text)
    else call('XADD', stream, 'MAXLEN', '~', ARGV[4], id, 'k', string.sub(key, 2), 'm', text) end
    if not newest[subject] then subjects[#subjects + 1] = subject end
    newest[subject] = asText(seq)
  end
end
local heard = 0
local function tell(to, list) heard = heard + call('PUBLISH', to, table.concat(list, '\n')) end
if #hints > 0 then tell(channel .. ':hints', hints) end
for subject, own in pairs(hintsOf) do tell(channel .. ':hints:' .. subject, own) end
if #subjects > 0 or not newestSeq then call('HSET', channel, 'seq', asText(seq)) end
if #subjects == 0 then return heard end
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
