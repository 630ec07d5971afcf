/** Control characters, line separators, and what turns the direction of text. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Text that may hold words from outside, such as the key of a payload, as part of a message: one line, cut. */
export const oneLine = (text: string, longest: number): string => {
  const cut = text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
  return cut
    .toWellFormed()
    .replaceAll(unsafe, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
};
