import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Case } from './conformance/case.ts';
import type { Harness, Testable } from './conformance/harness.ts';
import { whyNot } from './conformance/run.ts';
import { inWorld } from './conformance/world.ts';

const startingMs = 120_000;

/**
 * Binds the cases to Vitest: one test per promise. What an adapter declares not to keep is skipped aloud.
 *
 * ```ts
 * import { adapterHarness, storeCases } from '@waybill/testing';
 * import { describeConformance } from '@waybill/testing/vitest';
 * import adapter from './index.ts';
 *
 * const namespace = () => ({ url: process.env.ACME_URL, prefix: randomUUID() });
 * describeConformance(storeCases, () => adapterHarness(adapter, { namespace }));
 * ```
 */
export const describeConformance = <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  openHarness: () => Harness<Tested> | Promise<Harness<Tested>>,
): void => {
  describe('conformance', () => {
    let harness: Harness<Tested>;
    beforeAll(async () => {
      harness = await openHarness();
    }, startingMs);
    afterAll(() => harness?.dispose(), startingMs);

    for (const tried of cases) {
      it(`${tried.id} ${tried.promise}`, { timeout: startingMs }, async (context) => {
        const lacking = whyNot(tried, harness);
        if (lacking !== undefined) return context.skip(`${harness.technology}: ${lacking}`);
        await inWorld(harness, (world) => tried.check(world));
      });
    }
  });
};
