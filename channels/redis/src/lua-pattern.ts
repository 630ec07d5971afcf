import type { SubjectPattern } from '@waybill/core';

/** For a script: the subject itself, or the same as a pattern of Lua. */
export const luaPattern = ({ text, words, isExact }: SubjectPattern): string =>
  isExact ? text : `^${words.map(luaWord).join('%.')}$`;

const luaWord = (word: string): string =>
  word === '*' ? '[^.]+' : word === '>' ? '.+' : word.replaceAll('-', '%-');
