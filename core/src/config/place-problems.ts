import { type Assigned, assemble, dotted, findAssigned, type Layer, valueAt } from './assignments.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Described, Surroundings } from './describe-issue.ts';
import { describeOrigin } from './origin.ts';
import { redactedValue } from './redact.ts';
import type { SchemaKey } from './schema-keys.ts';

/** Says of each problem where its value came from, and what that value replaced. */
export const placeProblems = (described: readonly Described[], assigned: Layer): readonly ConfigProblem[] =>
  described.map(({ path, other, notes: known = [], ...rest }) => {
    const missing = rest.message === 'is missing';
    const cause = findAssigned(assigned, missing ? path.slice(0, -1) : path);
    const sibling = other === undefined ? undefined : [...path.slice(0, -1), other];
    const notes = [
      ...known,
      ...(missing ? [] : overridden(cause).map((each) => `overriding ${each}`)),
      ...(sibling === undefined
        ? []
        : [`${dotted(sibling)} is from ${fromWhere(findAssigned(assigned, sibling))}`]),
    ];
    return {
      ...rest,
      path: dotted(path),
      origin: cause?.origin ?? { kind: 'default' },
      ...(notes.length === 0 ? {} : { notes }),
    };
  });

const fromWhere = (assigned: Assigned | undefined): string => {
  if (assigned === undefined) return 'default';
  return [describeOrigin(assigned.origin), ...overridden(assigned).map((each) => `overriding ${each}`)].join(
    ', ',
  );
};

const overridden = (assigned: Assigned | undefined): readonly string[] => {
  const overrides = assigned?.overrides;
  return overrides === undefined || overrides.origin.kind === 'default' ? [] : [describe(overrides)];
};

const describe = ({ path, value, origin }: Assigned): string =>
  `${redactedValue(path, value)} (${describeOrigin(origin)})`;

/** The config around an issue, at `prefix` and below. */
export const surroundingsOf = (
  assigned: Layer,
  keys: readonly SchemaKey[],
  prefix: readonly string[] = [],
): Surroundings => {
  const tree = assemble(assigned);
  return {
    valueAt: (path) => valueAt(tree, [...prefix, ...path]),
    keysAt: (path) => {
      const above = [...prefix, ...path.map(String)];
      const inside = keys.filter(
        (key) => key.path.length > above.length && above.every((part, i) => key.path[i] === part),
      );
      return [...new Set(inside.map((key) => key.path[above.length] ?? ''))];
    },
  };
};
