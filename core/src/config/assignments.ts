import type { ConfigProblem } from './config-problem.ts';
import type { Origin } from './origin.ts';
import { isReference } from './references.ts';

export type Path = readonly string[];

/** One value, where it goes and where it came from. */
export interface Assigned {
  readonly path: Path;
  readonly value: unknown;
  readonly origin: Origin;
  /** The value of lower precedence that this one replaced. */
  readonly overrides?: Assigned;
}

/** Assignments by their dotted path; none lies below another. */
export type Layer = ReadonlyMap<string, Assigned>;

export const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const poison = new Set(['__proto__', 'constructor', 'prototype']);
const deepest = 16;

/**
 * The values of one source. Lists, references, instances of classes and adapters stay whole; plain objects are
 * taken apart, but for empty ones. Keys that could reach a prototype are refused.
 */
export const flatten = (
  values: object,
  originOf: (path: Path) => Origin,
  problems: ConfigProblem[],
): Layer => {
  const layer = new Map<string, Assigned>();
  const visit = (value: unknown, path: Path): void => {
    if (value === undefined) return;
    const forbidden = forbiddenPath(path);
    if (forbidden !== undefined) problems.push({ ...forbidden, origin: originOf(path) });
    else if (isTree(value) && path.at(-1) !== 'use' && (path.length === 0 || !isEmpty(value))) {
      for (const key of Object.keys(value)) visit(value[key], [...path, key]);
    } else layer.set(dotted(path), { path, value, origin: originOf(path) });
  };
  visit(values, []);
  return layer;
};

/** Why nothing may be assigned to this path, if so: it reaches a prototype, or has no end. */
export const forbiddenPath = (path: Path): Pick<ConfigProblem, 'path' | 'message'> | undefined => {
  if (path.length > deepest) {
    return { path: dotted(path.slice(0, deepest)), message: `is nested more than ${deepest} deep` };
  }
  return path.some((key) => poison.has(key))
    ? { path: dotted(path), message: 'is a forbidden key' }
    : undefined;
};

/** Lays sources over each other, the last on top. An empty object hides nothing below it. */
export const overlay = (layers: readonly Layer[]): Layer => {
  const result = new Map<string, Assigned>();
  for (const layer of layers) {
    dropOptionsOfReplacedAdapters(result, layer);
    for (const [name, assigned] of layer) {
      const above = [...result.keys()].some((other) => isBelow(other, name));
      if (above && isTree(assigned.value) && isEmpty(assigned.value)) continue;
      const overrides = result.get(name);
      for (const other of result.keys())
        if (isBelow(other, name) || isBelow(name, other)) result.delete(other);
      result.set(name, overrides === undefined ? assigned : { ...assigned, overrides });
    }
  }
  return result;
};

/** The assignments as one tree of plain objects. */
export const assemble = (layer: Layer): Record<string, unknown> => {
  const root: Record<string, unknown> = {};
  for (const { path, value } of layer.values()) {
    let node = root;
    for (const key of path.slice(0, -1)) {
      const next = node[key];
      if (isTree(next)) node = next;
      else {
        const made: Record<string, unknown> = {};
        node[key] = made;
        node = made;
      }
    }
    const last = path.at(-1);
    if (last !== undefined) node[last] = value;
  }
  return root;
};

/** The value at a path, as far as there is one. */
export const valueAt = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? Reflect.get(node, key)
        : undefined,
    tree,
  );

/** The assignment at this path, else the one below it that comes first, else the nearest above it. */
export const findAssigned = (layer: Layer, path: readonly PropertyKey[]): Assigned | undefined => {
  const name = dotted(path);
  const exact = layer.get(name);
  if (exact !== undefined) return exact;
  for (const [other, assigned] of layer) if (isBelow(other, name)) return assigned;
  return path.length > 1 ? findAbove(layer, path) : undefined;
};

const findAbove = (layer: Layer, path: readonly PropertyKey[]): Assigned | undefined => {
  for (let length = path.length - 1; length > 0; length--) {
    const above = layer.get(dotted(path.slice(0, length)));
    if (above !== undefined) return above;
  }
  return undefined;
};

/** `url` of the file says nothing to the adapter that a variable put in the place of the file's. */
const dropOptionsOfReplacedAdapters = (result: Map<string, Assigned>, upper: Layer): void => {
  for (const section of ['broker', 'channel', 'store']) {
    const use = upper.get(`${section}.use`);
    if (use === undefined || result.get(`${section}.use`)?.value === use.value) continue;
    for (const name of result.keys()) {
      if (isBelow(name, section) && name !== `${section}.use`) result.delete(name);
    }
  }
};

const isBelow = (name: string, above: string): boolean => name.startsWith(`${above}.`);

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const isTree = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isReference(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
