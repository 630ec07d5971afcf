import { median, type Rounds, type Target } from './targets.ts';

const show = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

/** Every scenario with every contender: median, least and greatest of its rounds; then what was asked. */
export const describe = (
  scenarios: readonly { readonly name: string; readonly unit: string }[],
  rounds: Rounds,
  targets: readonly Target[],
): string => {
  const lines: string[] = [];
  for (const { name, unit } of scenarios) {
    lines.push('', `${name} (${unit}, median [min..max])`);
    for (const [contender, each] of rounds.get(name) ?? []) {
      const figures = Object.keys(each[0] ?? {}).map((figure) => {
        const list = each.map((one) => one[figure] ?? Number.NaN);
        return `${figure} ${show(median(list))} [${show(Math.min(...list))}..${show(Math.max(...list))}]`;
      });
      lines.push(`  ${contender.padEnd(30)} ${figures.join('   ')}`);
    }
  }
  lines.push('', 'targets');
  for (const { name, value, atLeast, atMost, met } of targets) {
    const bounds = [atLeast === undefined ? '' : `≥ ${atLeast}`, atMost === undefined ? '' : `≤ ${atMost}`];
    lines.push(`  ${met ? '✓' : '✗'} ${name}: ${value} (${bounds.filter(Boolean).join(', ')})`);
  }
  return lines.join('\n');
};
