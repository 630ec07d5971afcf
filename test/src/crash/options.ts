import { parseArgs } from 'node:util';
import { type PointName, pointNames } from '@waybill/core';
import type { Technologies } from './new-deployment.ts';
import { technologyNamed } from './technologies.ts';

export interface Options {
  readonly technologies: Technologies;
  readonly points: readonly PointName[];
  readonly hits: readonly number[];
  /** Kill at random this often, instead of at points. */
  readonly kills: number | undefined;
  readonly seed: number;
  readonly parallel: number;
  readonly json: boolean;
}

export const usage = `npm run crash -- [options]
  --store T, --broker T, --channel T   technologies (default sqlite; the channel's is the store's,
                                       or the broker's where the store carries no messages)
  --point NAME                         only this point; may be repeated (default all)
  --hit N                              only the N-th time that the point is reached (default 1 and 2)
  --kills N                            kill workers, and servers of ours, at random N times, instead of at points
  --seed N                             of the random kills (default drawn)
  --parallel N                         runs at once (default 3)
  --json                               one line of JSON per run`;

/** Throws what `parseArgs` throws, or an `Error` for a value that is none. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', default: 'sqlite' },
      broker: { type: 'string', default: 'sqlite' },
      channel: { type: 'string' },
      point: { type: 'string', multiple: true },
      hit: { type: 'string', multiple: true },
      kills: { type: 'string' },
      seed: { type: 'string' },
      parallel: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const {
    store,
    broker,
    channel = technologyNamed(store).carriesMessages === false ? broker : store,
  } = values;
  return {
    technologies: { store, broker, channel },
    points: values.point?.map(pointOf) ?? pointNames,
    hits: values.hit?.map((text) => count(text, '--hit')) ?? [1, 2],
    kills: values.kills === undefined ? undefined : count(values.kills, '--kills'),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : count(values.seed, '--seed'),
    parallel: count(values.parallel, '--parallel'),
    json: values.json,
  };
};

const pointOf = (name: string): PointName => {
  const point = pointNames.find((known) => known === name);
  if (point !== undefined) return point;
  throw new Error(`there is no point ${name}; there are: ${pointNames.join(', ')}`);
};

const count = (text: string, option: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`${option} takes a whole number from 1`);
};
