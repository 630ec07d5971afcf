import { PayloadError } from '../errors.ts';

/** Throws a `PayloadError` for what no part of a key can hold: backends may separate the parts of a key by NUL. */
export const checkText = (text: string, name: string, longest: number): void => {
  const fits =
    typeof text === 'string' &&
    text.length > 0 &&
    text.length <= longest &&
    !text.includes('\u0000') &&
    text.isWellFormed();
  if (fits) return;
  throw new PayloadError(`the ${name} is not allowed`, {
    fix: `use 1 to ${longest} characters of valid Unicode without NUL`,
  });
};

export const longestTenant = 128;
export const longestId = 512;
