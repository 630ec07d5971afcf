import { ClosedError } from '@waybill/core';
import { handleOn } from '../handle.ts';
import type { Testable } from '../harness.ts';
import { altered } from './altered.ts';
import type { Broken } from './broken.ts';

type Ids = readonly [string, ...string[]];

/** Faults of opening and closing that any port can have, by the cases that catch them. */
export interface LifecycleCases<Tested extends Testable> {
  readonly sharesNamespaces: Ids;
  readonly closesOnce: Ids;
  readonly answersAfterClose: Ids;
  readonly closesOthers: Ids;
  readonly declaresOtherwise: Ids;
  readonly other: (capabilities: Tested['capabilities']) => Tested['capabilities'];
}

/** A client of which nothing but `close` differs. Each port has one, so what is altered is a `Tested` again. */
const closing = <Tested extends Testable>(client: Tested, close: () => Promise<void>): Tested =>
  altered<Testable>(client, { close }) as Tested;

export const brokenLifecycle = <Tested extends Testable>(cases: LifecycleCases<Tested>): Broken<Tested>[] => [
  {
    fault: 'has one namespace for all',
    caughtBy: cases.sharesNamespaces,
    breaker: () => {
      let first: Tested | undefined;
      return (client) => handleOn((first ??= client));
    },
  },
  {
    fault: 'cannot be closed twice',
    caughtBy: cases.closesOnce,
    breaker: () => (client) => {
      let closed = false;
      return closing(client, async () => {
        if (closed) throw new ClosedError('closed already');
        closed = true;
        await client.close();
      });
    },
  },
  {
    fault: 'answers also after close',
    caughtBy: cases.answersAfterClose,
    breaker: () => (client) => closing(client, async () => undefined),
  },
  {
    fault: 'closes every client with one',
    caughtBy: cases.closesOthers,
    breaker: () => {
      const clients: Tested[] = [];
      return (client) => {
        clients.push(client);
        return closing(client, async () => void (await Promise.all(clients.map((each) => each.close()))));
      };
    },
  },
  {
    fault: 'declares otherwise by its second client',
    caughtBy: cases.declaresOtherwise,
    breaker: () => {
      let clients = 0;
      return (client) => {
        if (clients++ === 0) return client;
        return altered<Testable>(client, { capabilities: cases.other(client.capabilities) }) as Tested; // all else is its own
      };
    },
  },
];
