import type { TaskRecord } from '@waybill/core';

/** Where nothing goes wrong no lease runs out. */
export const checkQuiet = (records: readonly TaskRecord[]): string[] =>
  records
    .filter(({ failures = [] }) => failures.some((failure) => failure.class === 'crash'))
    .map(({ id }) => `${id} lost its lease, although nothing went wrong`);
