const token =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y;

/** What may come next. Behind a bracket that was just opened its end may come, too. */
type Awaited = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/**
 * Where a text stops being JSON; `undefined` if it is. The parser of V8 says where only for some faults, and for the
 * others quotes the text, which may hold a password.
 */
export const jsonFault = (text: string): number | undefined => {
  const open: ('{' | '[')[] = [];
  let awaited: Awaited = 'value';
  let at = 0;
  while (start(text, at) < text.length || awaited !== 'nothing') {
    token.lastIndex = at;
    const [found, mark, string] = token.exec(text) ?? [];
    if (found === undefined) return start(text, at);
    const next = after(awaited, mark, string !== undefined, open);
    if (next === undefined) return start(text, at);
    awaited = next;
    at = token.lastIndex;
  }
  return undefined;
};

/** `undefined`: it may not come here. */
const after = (
  awaited: Awaited,
  mark: string | undefined,
  isString: boolean,
  open: ('{' | '[')[],
): Awaited | undefined => {
  const ended = (): Awaited => (open.length === 0 ? 'nothing' : 'comma or end');
  const awaitsValue = awaited === 'value' || awaited === 'value or end';
  const awaitsKey = awaited === 'key' || awaited === 'key or end';
  switch (mark) {
    case undefined:
      if (awaitsKey && isString) return 'colon';
      return awaitsValue ? ended() : undefined;
    case '{':
    case '[':
      if (!awaitsValue) return undefined;
      open.push(mark);
      return mark === '{' ? 'key or end' : 'value or end';
    case ':':
      return awaited === 'colon' ? 'value' : undefined;
    case ',':
      if (awaited !== 'comma or end') return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
    default:
      return mayClose(awaited, mark, open) && open.pop() !== undefined ? ended() : undefined;
  }
};

const mayClose = (awaited: Awaited, mark: string, open: readonly string[]): boolean =>
  mark === '}'
    ? open.at(-1) === '{' && (awaited === 'key or end' || awaited === 'comma or end')
    : open.at(-1) === '[' && (awaited === 'value or end' || awaited === 'comma or end');

/** Of what comes next, or the end of the text. */
const start = (text: string, at: number): number => {
  const rest = text.slice(at).search(/[^ \t\n\r]/);
  return rest === -1 ? text.length : at + rest;
};
