/**
 * Control characters (C0 but tab and line feed, DEL, C1), line separators, what turns the direction of text, and
 * invisible tags: a terminal obeys them, or a reader is misled by them
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 */
const unsafe =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

/** Text from outside for a terminal: what could command it is shown as an escape. Keeps line feeds and tabs. */
export const printable = (text: string): string =>
  text.toWellFormed().replaceAll(unsafe, (found) => escapeOf(found.codePointAt(0) ?? 0));

/** The same in one line. */
export const printableLine = (text: string): string =>
  printable(text).replaceAll('\n', String.raw`\n`).replaceAll('\t', ' ');

/** JSON that is the same value and safe on a terminal. */
export const printableJson = (value: unknown, indent: number): string => {
  const text = JSON.stringify(value, undefined, indent) ?? 'null';
  return text.replaceAll(unsafe, (found) =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
};

const escapeOf = (point: number): string => {
  if (point <= 0xff) return `\\x${point.toString(16).padStart(2, '0')}`;
  return `\\u{${point.toString(16)}}`;
};
