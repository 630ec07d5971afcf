import { missing, rate, type Scenario } from '../scenario.ts';
import { committing } from './committing.ts';

/** How long one measurement takes, at scale 1: what is slow does less in it. */
export const measureMs = 2_000;

/** Commits of some documents each, `inFlight` at a time, no two of the same document. */
export const commits = (documents: number, inFlight: number): Scenario => ({
  name: `commits of ${documents} at ${inFlight}`,
  unit: 'tasks/s',
  warmUp: 0.2,
  async measure(contender, scale) {
    const store = committing(contender);
    await store.fill(inFlight * documents);
    return {
      rate: await inLanes({ lanes: inFlight, ms: measureMs * scale }, (lane, n) => {
        const first = lane * documents;
        return store.change(
          Array.from({ length: documents }, (_, i) => first + i),
          n,
        );
      }),
    };
  },
});

/** Each document once: taken, then ended. */
export const claimAndFinish = (inFlight: number): Scenario => ({
  name: `claim and finish at ${inFlight}`,
  unit: 'tasks/s',
  warmUp: 0.2,
  async measure(contender, scale) {
    const store = committing(contender);
    const { claim, finish } = store;
    if (claim === undefined || finish === undefined) return missing('claims');
    const count = Math.max(inFlight, Math.round((inFlight === 1 ? 400 : 4_000) * scale));
    await store.fill(count);
    return {
      rate: await inLanes({ lanes: inFlight, ms: measureMs * scale, count }, async (_, n) => {
        await claim(n);
        await finish(n);
      }),
    };
  },
});

interface Lanes {
  readonly lanes: number;
  /** Nothing is begun after that. */
  readonly ms: number;
  /** Nor more than that. */
  readonly count?: number;
}

const inLanes = async (
  { lanes, ms, count = Number.POSITIVE_INFINITY }: Lanes,
  work: (lane: number, n: number) => Promise<void>,
): Promise<number> => {
  const from = performance.now();
  let next = 0;
  const run = async (lane: number): Promise<void> => {
    while (next < count && performance.now() - from < ms) await work(lane, next++);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return rate(next, from);
};
