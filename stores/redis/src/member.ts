import type { Key } from '@waybill/core';

/** What stands for a document within its collection: tenant NUL id. */
export const memberOf = ({ tenant, id }: Pick<Key, 'tenant' | 'id'>): string => `${tenant}\0${id}`;
