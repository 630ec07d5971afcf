import type { Random } from '../../simulator/random.ts';
import type { Plan, Step } from './plan.ts';

const accounts = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** Draws what a task does: mostly a few quick things, now and then something slow or something that fails. */
export const drawPlan = (random: Random, label: string, depth = 0): Plan => {
  const steps: Step[] = [];
  for (let n = random.whole(1, 4); n > 0; n--) steps.push(drawStep(random, `${label}.${n}`, depth));
  return { label, steps };
};

const drawStep = (random: Random, label: string, depth: number): Step => {
  const draws: readonly [() => Step, ...(() => Step)[]] = [
    () => drawTransfer(random),
    () => drawTransfer(random),
    () => ({ do: 'twin', name: random.pick(['x', 'y', 'z']), remove: random.chance(0.2) }),
    () => ({ do: 'publish', count: random.whole(1, 2) }),
    () => ({ do: 'effect', kind: 'repeated', refusals: random.chance(0.2) ? 1 : 0 }),
    () => ({ do: 'effect', kind: 'checked', refusals: random.chance(0.2) ? 1 : 0 }),
    () => (depth > 0 ? drawTransfer(random) : drawSpawn(random, label)),
    () => ({ do: 'wait', ms: random.scale(5, 1_500) }),
    () => ({ do: 'tell' }),
    () => ({ do: 'fail', until: random.pick([1, 1, 2, 99]), forGood: random.chance(0.2) }),
  ];
  return random.pick(draws)();
};

const drawTransfer = (random: Random): Step => ({
  do: 'transfer',
  from: random.pick(accounts),
  to: random.pick(accounts),
  amount: random.whole(1, 20),
});

const drawSpawn = (random: Random, label: string): Step => ({
  do: 'spawn',
  plan: drawPlan(random, label, 1),
  ...(random.chance(0.3) ? { delayMs: random.whole(10, 800) } : {}),
  ...(random.chance(0.3) ? { key: label } : {}),
});
