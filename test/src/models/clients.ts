import type { Testable } from '../conformance/harness.ts';
import type { Source } from './describe-model.ts';

export type ClientNumber = 0 | 1;

/** Two clients of one namespace, which can be closed and opened again. */
export interface Clients<Tested> {
  client(n: ClientNumber): Tested;
  reopen(n: ClientNumber): Promise<void>;
}

/** Runs `use` with two clients of a new namespace, and closes them in the end. `prepare` is called with each. */
export const withClients = async <Tested extends Testable>(
  source: Source<Tested>,
  use: (clients: Clients<Tested>) => Promise<void>,
  prepare: (client: Tested) => Promise<void> = async () => undefined,
): Promise<void> => {
  const first = await source.fresh();
  const open = [first, await source.another()];
  const client = (n: ClientNumber): Tested => {
    const tested = open[n];
    if (tested === undefined) throw new Error(`there is no client ${n}`);
    return tested;
  };
  const reopen = async (n: ClientNumber): Promise<void> => {
    await client(n).close();
    const next = await source.another();
    await prepare(next);
    open[n] = next;
  };
  try {
    for (const each of open) await prepare(each);
    await use({ client, reopen });
  } finally {
    for (const each of open) await each.close();
  }
};
