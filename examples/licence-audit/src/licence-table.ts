import type { AuditedPackage } from './audited-package.ts';

/** How many packages are under each licence, the most used first. */
export const licenceTable = (audited: readonly Pick<AuditedPackage, 'licence'>[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { licence } of audited) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const width = Math.max('licence'.length, ...rows.map(([licence]) => licence.length));
  return [
    `${'licence'.padEnd(width)}  packages`,
    `${'-'.repeat(width)}  --------`,
    ...rows.map(([licence, count]) => `${licence.padEnd(width)}  ${String(count).padStart(8)}`),
    `${'total'.padEnd(width)}  ${String(audited.length).padStart(8)}`,
  ];
};
