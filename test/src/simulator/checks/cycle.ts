/** A cycle of the graph, from a node back to itself, or `undefined`. Depth first, with the path in hand. */
export const cycleIn = (next: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined => {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): readonly string[] | undefined => {
    if (finished.has(node)) return undefined;
    const begun = path.indexOf(node);
    if (begun >= 0) return [...path.slice(begun), node];
    path.push(node);
    for (const one of next.get(node) ?? []) {
      const cycle = visit(one);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    finished.add(node);
    return undefined;
  };
  for (const node of next.keys()) {
    const cycle = visit(node);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};
