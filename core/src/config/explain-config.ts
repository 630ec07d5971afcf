import { dotted } from './assignments.ts';
import { variableOf } from './environment.ts';
import type { LoadedConfig } from './load-config.ts';
import { describeOrigin } from './origin.ts';
import { redactedValue } from './redact.ts';

/** One key of a loaded config, safe to print. */
export interface ExplainedKey {
  readonly path: string;
  /** As text; secrets and passwords are hidden. */
  readonly value: string;
  /** `waybill.config.json:4:18`, `WAYBILL_STORE_USE (environment)`, `default`. */
  readonly origin: string;
  /** The variable that sets it. */
  readonly variable: string;
  readonly description: string | undefined;
}

/** Every key of the config with its value and origin, in the order of the reference: `config print --origins`. */
export const explainConfig = ({
  assigned,
  keys,
}: Pick<LoadedConfig, 'assigned' | 'keys'>): readonly ExplainedKey[] => {
  const known = new Set(keys.map((key) => dotted(key.path)));
  const beyond = [...assigned.values()].filter((each) => !known.has(dotted(each.path)));
  const all = [...keys, ...beyond.map(({ path }) => ({ path, default: undefined, description: undefined }))];
  return all.map(({ path, default: byDefault, description }) => {
    const set = assigned.get(dotted(path));
    return {
      path: dotted(path),
      value: redactedValue(path, set === undefined ? byDefault : set.value),
      origin: set === undefined ? 'default' : describeOrigin(set.origin),
      variable: variableOf(path),
      description,
    };
  });
};
