import { randomUUID } from 'node:crypto';
import { adapterHarness } from '../conformance/adapter-harness.ts';
import { startService } from '../services/mongodb.ts';
import type { Harnesses } from './harnesses.ts';
import { loadAdapter } from './load-adapter.ts';

/** A namespace is a new database. In which mode it is kept is found out, unless it is told. */
export const harnesses: Harnesses = {
  technology: 'mongodb',
  store: async () => {
    const adapter = await loadAdapter('store', 'mongodb');
    const { url, stop } = await startService();
    return adapterHarness(adapter, {
      namespace: () => ({ url, database: randomUUID(), requestMs: 20_000 }),
      dispose: stop,
    });
  },
};
