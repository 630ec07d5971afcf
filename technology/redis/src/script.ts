import { createHash } from 'node:crypto';

/** A Lua function that the server runs as one step: nobody sees it half done. */
export interface Script {
  readonly name: string;
  /** Whether it writes: then a lost reply is a doubt, and it never begins after its caller has given up. */
  readonly changes: boolean;
  readonly onServer: ScriptText;
  readonly inCluster: ScriptText;
}

export interface ScriptText {
  readonly lua: string;
  readonly sha: string;
}

/**
 * A reply lost on the way leaves its request behind: in a server that was paused, or in a network. `ARGV[1]` is the
 * instant, by the server's clock, after which nobody waits for the answer any more; the script gets it as the local
 * `now`, in milliseconds.
 */
const notAfterDeadline = `
local now = redis.call('TIME')
now = now[1] * 1000 + now[2] / 1000
if now > tonumber(ARGV[1]) then return redis.error_reply('WBLATE the request came too late') end
`;

/**
 * While a cluster moves the slot to another node, some keys are here and some are there, and a script would fail at the
 * first one that is there, half done. A key that nobody has fails just so, before anything is done.
 */
const notWhileMoving = `
if type(redis.pcall('EXISTS', KEYS[1] .. ':nothing')) == 'table' then
  return redis.error_reply('WBMOVING the slot is being moved')
end
`;

export const defineScript = (name: string, options: { readonly changes: boolean }, body: string): Script => {
  const { changes } = options;
  const text = (...checks: readonly string[]): ScriptText => {
    const lua = `-- waybill ${name}\n${changes ? checks.join('') : ''}${body}`;
    return { lua, sha: createHash('sha1').update(lua).digest('hex') };
  };
  const onServer = text(notAfterDeadline);
  return { name, changes, onServer, inCluster: changes ? text(notAfterDeadline, notWhileMoving) : onServer };
};
