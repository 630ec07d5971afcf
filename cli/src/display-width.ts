const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** What terminals draw two cells wide, nearly: East Asian wide and full-width text, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ascii = /^[\u0020-\u007e]*$/;

/** How many cells of a terminal a line of printable text takes. */
export const displayWidth = (text: string): number => {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
};

/** The text, or as much of its beginning as fits beside an ellipsis. */
export const cutToWidth = (text: string, width: number): string => {
  // No grapheme that is drawn takes less than a cell: what lies far beyond the width is not looked at.
  const start = text.length > 16 * width + 16 ? text.slice(0, 16 * width + 16) : text;
  if (start === text && displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(start)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
};

const widthOf = (grapheme: string): number => (wide.test(grapheme) ? 2 : 1);
