import type { PortName } from '../adapter.ts';
import { type AdapterChoice, chooseAdapter, hideIn, parseOptions } from './adapter-choice.ts';
import { assemble, type Layer } from './assignments.ts';
import type { ConfigProblem } from './config-problem.ts';
import { describeIssues } from './describe-issue.ts';
import type { FoundAdapter } from './find-adapter.ts';
import { placeProblems, surroundingsOf } from './place-problems.ts';
import type { SecretSource } from './resolve-references.ts';
import { type Config, configSchema } from './schema.ts';
import type { SchemaKey } from './schema-keys.ts';

export interface Candidate {
  readonly assigned: Layer;
  readonly found: { readonly [P in PortName]: FoundAdapter<P> };
  readonly keys: readonly SchemaKey[];
  readonly secrets: SecretSource;
}

/** The config and its adapters, if there is no problem; else every problem. */
export type Verdict =
  | { readonly config: Config; readonly adapters: { readonly [P in PortName]: AdapterChoice<P> } }
  | { readonly problems: readonly ConfigProblem[] };

export const validateConfig = async (candidate: Candidate): Promise<Verdict> => {
  const { assigned, found, keys } = candidate;
  const tree = assemble(assigned);
  const parsed = configSchema.safeParse(tree);
  const described = describeIssues(parsed.error, surroundingsOf(assigned, keys));
  const insecure = tree['insecure'] === true;
  const [broker, channel, store] = await Promise.all([
    checkSection('broker', found.broker, { ...candidate, insecure }),
    checkSection('channel', found.channel, { ...candidate, insecure }),
    checkSection('store', found.store, { ...candidate, insecure }),
  ]);
  const problems = [
    ...[broker, channel, store].flatMap((section) => section.problems),
    ...placeProblems(described, assigned),
  ];
  if (parsed.success && problems.length === 0 && broker.choice && channel.choice && store.choice) {
    return {
      config: parsed.data,
      adapters: { broker: broker.choice, channel: channel.choice, store: store.choice },
    };
  }
  return { problems };
};

interface Section<P extends PortName> {
  readonly choice?: AdapterChoice<P>;
  readonly problems: readonly ConfigProblem[];
}

const checkSection = async <P extends PortName>(
  port: P,
  found: FoundAdapter<P>,
  { assigned, keys, secrets, insecure }: Candidate & { readonly insecure: boolean },
): Promise<Section<P>> => {
  if ('problem' in found)
    return { problems: placeProblems([{ path: [port, 'use'], ...found.problem }], assigned) };
  const { use: _, ...options } = sectionOf(assigned, port);
  const around = surroundingsOf(assigned, keys, [port]);
  const parsed = await parseOptions(found.adapter, options, { ...secrets, insecure }, around);
  const described = parsed.described.map((each) => ({ ...each, path: [port, ...each.path] }));
  return {
    choice: chooseAdapter(found.adapter, options, secrets),
    problems: hideIn(placeProblems(described, assigned), parsed.secrets),
  };
};

const sectionOf = (assigned: Layer, port: PortName): Record<string, unknown> => {
  const below = [...assigned].filter(([name]) => name.startsWith(`${port}.`));
  const inside = below.map(([name, each]) => [name, { ...each, path: each.path.slice(1) }] as const);
  return assemble(new Map(inside));
};
