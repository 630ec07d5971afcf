const beyondAscii = /[\ud800-\uffff]/;

/**
 * Maps text so that JavaScript's `<`, which compares UTF-16 code units, orders it by code point: surrogates (which
 * stand for code points above U+FFFF) move behind U+E000 to U+FFFF. The fix-up of Unicode Standard section 5.17.
 */
export const sortable = (text: string): string => {
  if (!beyondAscii.test(text)) return text;
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    units[i] = unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
  }
  let mapped = '';
  for (let i = 0; i < units.length; i += 8192) mapped += String.fromCharCode(...units.subarray(i, i + 8192));
  return mapped;
};
