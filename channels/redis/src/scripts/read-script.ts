import { defineScript } from '@waybill/redis';
import { messagesLua } from './messages.ts';

/** ARGV: 1 for one subject, subject or pattern, position, at most. Answers messages (seq, text) and the new position. */
export const readScript = defineScript(
  'channel.read',
  { changes: false },
  String.raw`${messagesLua}
local page, pos = read(ARGV[1] == '1', ARGV[2], ARGV[3], tonumber(ARGV[4]))
local answer = {}
for i, message in ipairs(page) do
  answer[2 * i - 1], answer[2 * i] = asText(message.seq), message.text
end
return { answer, pos }
`,
);

/** Answers the seq of the newest message. */
export const newestScript = defineScript(
  'channel.newest',
  { changes: false },
  "return redis.call('HGET', KEYS[1], 'seq') or '0'",
);
