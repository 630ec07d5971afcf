import { parseArgs } from 'node:util';
import type { StoreKind } from './deployment.ts';
import type { Mutant } from './mutants/mutant.ts';
import { mutants } from './mutants/mutants.ts';

export interface Options {
  readonly schedules: number;
  readonly firstSeed: number;
  readonly show: boolean;
  readonly store: StoreKind | undefined;
  readonly mutant: Mutant | undefined;
  /** Every planted bug in turn, instead of schedules. */
  readonly hunt: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `npm run simulate -- [options]

  --schedules N   how many (default 1000)
  --seed S        of the first; the next ones follow (default 1)
  --store KIND    native (default) or journaled: the protocol for stores that change one document at a time
  --show          the timeline of the first schedule that breaks a promise, or of the only one
  --mutant NAME   with this bug planted
  --mutants       every planted bug, and how many schedules it took to find it
  --json          for programs

Planted bugs:
${mutants.map(({ name, bug }) => `  ${name.padEnd(36)} ${bug}`).join('\n')}`;

/** Throws what `parseArgs` throws, or an `Error` for a value that is none. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      show: { type: 'boolean', default: false },
      store: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { show, json, help } = values;
  return {
    schedules: whole(values.schedules, '--schedules', 1),
    firstSeed: whole(values.seed, '--seed', 0),
    store: values.store === undefined ? undefined : storeOf(values.store),
    mutant: values.mutant === undefined ? undefined : mutantOf(values.mutant),
    hunt: values.mutants,
    ...{ show, json, help },
  };
};

/** The command that runs one seed again. */
export const again = (seed: number, { store, mutant }: Pick<Options, 'store' | 'mutant'>): string => {
  const extras = [
    ...(store === undefined ? [] : ['--store', store]),
    ...(mutant ? ['--mutant', mutant.name] : []),
  ];
  return ['npm run simulate -- --schedules 1 --seed', seed, ...extras, '--show'].join(' ');
};

const whole = (text: string, option: string, least: number): number => {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${option} takes a whole number from ${least}`);
};

const storeOf = (text: string): StoreKind => {
  if (text === 'native' || text === 'journaled') return text;
  throw new Error('--store takes native or journaled');
};

const mutantOf = (name: string): Mutant => {
  const mutant = mutants.find((known) => known.name === name);
  if (mutant !== undefined) return mutant;
  throw new Error(`there is no planted bug ${name}`);
};
