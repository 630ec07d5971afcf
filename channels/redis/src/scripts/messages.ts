/**
 * How messages lie in Redis, for the scripts that touch them. All keys begin with KEYS[1].
 *
 *   <channel>                  hash: `seq` of the newest message; before the first one a seq that comes before it
 *   <channel>:s:<subject>      stream, ids <seq>-0: `m` the message, `k` its key where it has one
 *   <channel>:subjects         sorted set of subjects by the seq of their newest message
 *   <channel>:g:<group>        hash: `pos`, up to where the group has passed everything; `waiting`, see lanes
 *   <channel>:g:<group>:loans  sorted set of refs on loan, by the instant at which they end by themselves
 *   <channel>:g:<group>:ready  sorted set of refs that anybody may take, by the instant from which on
 *   <channel>:g:<group>:lane:<subject NUL key>  list of refs not settled: the first is on loan or ready, the others wait
 *
 * A seq belongs to one message of the whole channel, so that one number says where a reader of many subjects stands. It
 * is at least the clock in microseconds: after the server has lost everything it does not begin again. A ref is
 * <seq> NUL <subject>, and NUL <key> where order is to be kept.
 */
export const messagesLua = String.raw`
local channel = KEYS[1]
local call = redis.call
local largestPage = 2 ^ 21

local function asText(seq) return string.format('%.0f', seq) end

-- Messages after a position, in order, of one subject or of all that match. Answers them and the new position.
local function read(exact, subject, pos, max)
  local newest = tonumber(call('HGET', channel, 'seq') or 0)
  local subjects = { subject }
  if not exact then
    subjects = {}
    for _, name in ipairs(call('ZRANGEBYSCORE', channel .. ':subjects', '(' .. pos, '+inf')) do
      if string.find(name, subject) then subjects[#subjects + 1] = name end
    end
  end
  local found, horizon = {}, math.max(newest, tonumber(pos))
  for _, name in ipairs(subjects) do
    local entries = call('XRANGE', channel .. ':s:' .. name, '(' .. pos .. '-0', '+', 'COUNT', max)
    for _, entry in ipairs(entries) do
      local fields = entry[2]
      local key = fields[1] == 'k' and fields[2] or nil
      found[#found + 1] = { seq = tonumber(string.match(entry[1], '^%d+')), subject = name, key = key, text = fields[#fields] }
    end
    if #entries == max then horizon = math.min(horizon, found[#found].seq) end
  end
  if not exact then table.sort(found, function(one, other) return one.seq < other.seq end) end
  local page, size = {}, 0
  for _, message in ipairs(found) do
    if message.seq > horizon then break end
    size = size + #message.text
    if #page > 0 and (#page == max or size > largestPage) then
      return page, asText(page[#page].seq)
    end
    page[#page + 1] = message
  end
  return page, asText(horizon)
end
`;
