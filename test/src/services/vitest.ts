import { afterAll, describe, it } from 'vitest';
import { orSkip } from './missing-service.ts';
import type { Service } from './service.ts';

/** A server may have much to put away, and the machine to do besides. */
const stopMs = 120_000;

/** Tests that need a server. Without one they are skipped with the reason, or fail where it is required. */
export const describeService = async <S extends Pick<Service, 'stop'>>(
  title: string,
  find: () => Promise<S>,
  define: (service: S) => void,
): Promise<void> => {
  const service = await orSkip(find);
  const skip = (reason: string): void => {
    it('has a server', (context) => context.skip(reason));
  };
  const run = (found: S): void => {
    afterAll(() => found.stop(), stopMs);
    define(found);
  };
  describe(`on ${title}`, () => ('reason' in service ? skip(service.reason) : run(service.found)));
};
