import { type Key, PayloadError } from '@waybill/core';

/** Throws a `PayloadError` for a key that no document can have. */
export const checkKey = ({ tenant, id }: Key): void => {
  checkPart('tenant', tenant, 128);
  checkPart('id', id, 512);
};

export const checkPart = (name: string, value: string, longest: number): void => {
  if (typeof value !== 'string' || value.length === 0 || value.length > longest) {
    throw new PayloadError(`the ${name} of a key must have 1 to ${longest} characters`);
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new PayloadError(`the ${name} of a key must be text without NUL and lone surrogates`);
  }
};
