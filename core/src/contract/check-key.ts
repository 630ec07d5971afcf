import type { Key } from '../store.ts';
import { checkText, longestId, longestTenant } from './check-text.ts';

/** Throws a `PayloadError` for a key that no document can have. Its collection is for the store to find. */
export const checkKey = ({ tenant, id }: Key): void => {
  checkText(tenant, 'tenant of a key', longestTenant);
  checkText(id, 'id of a key', longestId);
};
