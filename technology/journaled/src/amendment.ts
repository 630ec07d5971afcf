import { setField } from '@waybill/core';
import { isGuarded } from './guards.ts';
import type { Plan } from './plan.ts';
import type { Condition, RawWrite } from './raw-write.ts';
import type { IndexedNames } from './single.ts';
import { stampsOf } from './stamps.ts';

export type Amendment = Extract<RawWrite, { kind: 'amend' }>;

/**
 * The transaction as one conditional write for which nothing has to be read before: it patches its only document, and
 * expects of it what the write itself can ask for. In guarded collections it must leave the fields alone that may be in
 * an index.
 */
export const amendmentOf = (
  plan: Plan,
  indexed: IndexedNames,
): Omit<Amendment, 'stamp' | 'version'> | undefined => {
  const [only] = plan.writes;
  if (only === undefined || only.change.kind !== 'patch' || plan.isAmended) return undefined;
  if (plan.keys.length > 1 || plan.ranges.length > 0 || (plan.reads ?? []).length > 0) return undefined;
  const { key, change } = only;
  const names = isGuarded(key.collection) ? indexed.get(key.collection) : nothing;
  const moves = (name: string): boolean => names === undefined || names.has(name);
  if (names === undefined || Object.keys(change.set).some(moves) || change.unset.some(moves))
    return undefined;
  const where = conditionOf(plan);
  return where && { kind: 'amend', key, where, change };
};

export const numbered = (
  amendment: Omit<Amendment, 'stamp' | 'version'>,
  transaction: number,
): Amendment => ({
  ...amendment,
  stamp: stampsOf(transaction).applied,
  version: transaction,
});

const nothing: ReadonlySet<string> = new Set();

/** `undefined`: what it expects excludes itself, or each other; who reads the document will see. */
const conditionOf = ({ expect }: Plan): Condition | undefined => {
  const versions = new Set<number>();
  const fields: Record<string, string | number | boolean | null> = {};
  for (const expectation of expect)
    switch (expectation.kind) {
      case 'absent':
        return undefined;
      case 'version':
        versions.add(expectation.version);
        break;
      case 'fields':
        for (const [name, value] of Object.entries(expectation.fields)) {
          if (Object.hasOwn(fields, name) && fields[name] !== value) return undefined;
          setField(fields, name, value);
        }
    }
  const [version] = versions;
  if (versions.size > 1) return undefined;
  return { fields, ...(version !== undefined && { version }) };
};
