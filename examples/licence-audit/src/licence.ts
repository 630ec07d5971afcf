import spdxCorrect from 'spdx-correct';
import parseSpdx from 'spdx-expression-parse';
import type { LicenceText, Manifest } from './manifest.ts';

/**
 * How the licence is known: `declared` by the manifest as a valid SPDX expression; `corrected`, meant by the
 * manifest in other words ("Apache 2"); read off the head of the licence `text`; or not known at all.
 */
export type LicenceSource = 'declared' | 'corrected' | 'text' | 'none';

export interface Licence {
  /** An SPDX expression, `UNLICENSED` (npm's word for "nobody may use it") or `NOASSERTION` (SPDX's for "unknown"). */
  readonly expression: string;
  readonly source: LicenceSource;
}

export const unknownLicence: Licence = { expression: 'NOASSERTION', source: 'none' };

/** What the manifest says counts; only where it says nothing usable does the licence text. */
export const licenceOf = (manifest: Manifest, text: LicenceText | undefined): Licence => {
  const declared = declaredIn(manifest);
  if (declared === undefined) return fromText(text);
  if (isSpdx(declared) || declared === 'UNLICENSED') return { expression: declared, source: 'declared' };
  if (/^see licen[cs]e in /i.test(declared)) return fromText(text);
  const corrected = spdxCorrect(declared);
  return corrected === null ? fromText(text) : { expression: corrected, source: 'corrected' };
};

/** Lines of the licence text that say who holds the copyright: what a notice has to repeat. */
export const copyrightIn = ({ text }: LicenceText): readonly string[] => {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const holders = lines.filter((line) => /^(copyright\b|©|\(c\)).*\d{4}/i.test(line) && line.length <= 200);
  return [...new Set(holders)].slice(0, 20);
};

const declaredIn = ({ license, licenses }: Manifest): string | undefined => {
  if (typeof license === 'string') return license.trim() === '' ? undefined : license.trim();
  if (license !== undefined) return license.type;
  const types = licenses?.map(({ type }) => type) ?? [];
  return types.length > 1 ? `(${types.join(' OR ')})` : types[0];
};

const isSpdx = (expression: string): boolean => {
  try {
    parseSpdx(expression);
    return true;
  } catch {
    return false; // the library's only way to say so
  }
};

/** The heading of a licence text names it, as `MIT License`; anything else would be a guess. */
const fromText = (text: LicenceText | undefined): Licence => {
  const heading =
    text?.text
      .split(/\r?\n/)
      .find((line) => line.trim() !== '')
      ?.trim() ?? '';
  if (heading.length > 80 || !/licen[cs]e/i.test(heading)) return unknownLicence;
  const expression = spdxCorrect(heading);
  return expression === null ? unknownLicence : { expression, source: 'text' };
};
