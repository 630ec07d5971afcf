import type { TaskRecord, Waybill } from '@waybill/core';
import { type AuditedPackage, auditedPackages } from './audited-package.ts';
import { finishedTasks } from './watch-tasks.ts';

/** What an audit has left in the store. */
export interface Findings {
  readonly audited: readonly AuditedPackage[];
  /** Failed for good. */
  readonly deadLetters: readonly TaskRecord[];
  /** Had acted outside the store in an attempt that failed, and had that undone. */
  readonly rolledBack: readonly TaskRecord[];
}

export const readFindings = async (waybill: Waybill, tenant: string): Promise<Findings> => {
  const [audited, finished] = await Promise.all([
    readDocuments(waybill, tenant),
    finishedTasks(waybill, tenant),
  ]);
  return {
    audited,
    deadLetters: finished.filter(({ phase }) => phase === 'failed'),
    rolledBack: finished.filter(({ round }) => round > 0),
  };
};

const readDocuments = async (waybill: Waybill, tenant: string): Promise<readonly AuditedPackage[]> => {
  const documents = waybill.documents(auditedPackages, tenant);
  const found: AuditedPackage[] = [];
  let after: string | undefined;
  do {
    const page = await documents.find({
      index: 'by-licence',
      equals: [],
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.documents.map(({ value }) => value));
    after = page.next;
  } while (after !== undefined);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
};
