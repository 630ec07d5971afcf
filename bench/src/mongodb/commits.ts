import { missing, rate, type Scenario } from '../scenario.ts';
import { committing } from './committing.ts';

/** Commits of some documents each, `inFlight` at a time, no two of the same document. */
export const commits = (documents: number, inFlight: number): Scenario => ({
  name: `commits of ${documents} at ${inFlight}`,
  unit: 'tasks/s',
  warmUp: 0.2,
  async measure(contender, scale) {
    const store = committing(contender);
    const count = Math.max(
      inFlight,
      Math.round((inFlight === 1 ? 200 : 2_000) * scale) * (documents > 1 ? 0.5 : 1),
    );
    await store.fill(inFlight * documents);
    return {
      rate: await inLanes(count, inFlight, (lane, n) => {
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
    const count = Math.max(inFlight, Math.round((inFlight === 1 ? 200 : 2_000) * scale));
    await store.fill(count);
    return {
      rate: await inLanes(count, inFlight, async (_, n) => {
        await claim(n);
        await finish(n);
      }),
    };
  },
});

const inLanes = async (
  count: number,
  lanes: number,
  work: (lane: number, n: number) => Promise<void>,
): Promise<number> => {
  const from = performance.now();
  let next = 0;
  const run = async (lane: number): Promise<void> => {
    while (next < count) await work(lane, next++);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return rate(count, from);
};
