const dotted = /^--([A-Za-z]\w*(?:\.[\w-]+)+)(?:=(.*))?$/s;

/** Keys of the config as options: `--queues.critical.max=4` is `--set queues.critical.max=4`. */
export const expandConfigFlags = (argv: readonly string[]): readonly string[] => {
  const expanded: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') return [...expanded, ...argv.slice(i)];
    const [, key, value] = dotted.exec(arg) ?? [];
    if (key === undefined) expanded.push(arg);
    else expanded.push('--set', `${key}=${value ?? argv[++i] ?? ''}`);
  }
  return expanded;
};
