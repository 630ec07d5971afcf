import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Harness, Testable } from '../conformance/harness.ts';
import { altered } from '../conformance/broken/altered.ts';

/** Where each sequence of commands gets a client of an empty namespace, and more clients of it. */
export interface Source<Tested extends Testable> extends Pick<Harness<Tested>, 'fresh' | 'another'> {
  /** How long something that must happen may take. */
  readonly patienceMs: number;
}

export interface Model<Tested extends Testable> {
  /** A sentence: "no sequence of calls tells a store from a list of documents". */
  readonly promise: string;
  /** That the promise holds for clients of this source. */
  property(source: Source<Tested>): fc.IAsyncProperty<[Iterable<unknown>]>;
  readonly technologies: readonly Technology<Tested>[];
  /** Each must be found on the first of the technologies. */
  readonly faults: readonly Fault<Tested>[];
}

interface Technology<Tested extends Testable> {
  readonly name: string;
  readonly open: () => Promise<Harness<Tested>>;
  /** Default 10,000. What needs no timer and no disk has happened long before, or it never will. */
  readonly patienceMs?: number;
  /** How many sequences of commands to try. `WAYBILL_MODEL_RUNS` multiplies them: 10 is ten times as many. */
  readonly runs: number;
}

/** Something that a correct adapter never does. */
export interface Fault<Tested> {
  /** Ends the sentence "finds an adapter that …". */
  readonly fault: string;
  /** The whole counterexample, where it is so short that any other one would be worse. */
  readonly shownBy?: readonly string[];
  change(client: Tested): Partial<Tested>;
}

const scale = Number(process.env['WAYBILL_MODEL_RUNS'] ?? 1);
const limitMs = 60_000 * (1 + Math.max(1, scale));

/** Shrinking leaves what is needed to show a fault; more than this many commands would be no explanation. */
const fewCommands = 8;

/** Tests that the promise holds, and that it would be noticed if it did not. */
export const describeModel = <Tested extends Testable>(model: Model<Tested>): void => {
  for (const technology of model.technologies) {
    describe(`with ${technology.name}`, () => {
      let harness: Harness<Tested>;
      beforeAll(async () => {
        harness = await technology.open();
      });
      afterAll(() => harness.dispose());

      it(`${model.promise}`, { timeout: limitMs }, async () => {
        const numRuns = Math.max(1, Math.round(technology.runs * scale));
        await fc.assert(model.property(sourceOf(harness, technology)), { numRuns });
      });
    });
  }
  for (const fault of model.faults)
    it(`finds an adapter that ${fault.fault}`, { timeout: limitMs }, async () => {
      const [first] = model.technologies;
      if (first === undefined) throw new Error('the model has no technology');
      const harness = await first.open();
      const source = faulty(sourceOf(harness, first), fault);
      const found = await fc.check(model.property(source), { numRuns: 3000, seed: 1 });
      await harness.dispose();
      const commands = [...(found.counterexample?.[0] ?? [])].map(String);
      assert.ok(found.failed, 'the fault was not found');
      if (fault.shownBy !== undefined) assert.deepEqual(commands, fault.shownBy);
      assert.ok(commands.length <= fewCommands, `too much to explain anything: ${commands.join('; ')}`);
    });
};

const sourceOf = <Tested extends Testable>(
  harness: Harness<Tested>,
  { patienceMs = 10_000 }: Technology<Tested>,
): Source<Tested> => ({
  fresh: () => harness.fresh(),
  another: () => harness.another(),
  patienceMs,
});

const faulty = <Tested extends Testable>(
  source: Source<Tested>,
  { change }: Fault<Tested>,
): Source<Tested> => {
  const broken = (client: Tested): Tested => altered(client, change(client));
  return {
    ...source,
    fresh: async () => broken(await source.fresh()),
    another: async () => broken(await source.another()),
  };
};
