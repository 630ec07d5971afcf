import { ConnectionError, InDoubtError } from '@waybill/core';
import type { Testable } from './conformance/harness.ts';

/**
 * What becomes of a call. `before`: it fails and nothing has happened. `after`: it happens and its answer is lost. `none`: it
 * works.
 */
export type Fault = 'none' | 'before' | 'after';

/** The fault of the nth call of a method, counted from 1 for each method. */
export type FaultPlan = (method: string, nth: number) => Fault;

/** A plan with one fault. */
export const faultAt =
  (method: string, nth: number, fault: Fault): FaultPlan =>
  (called, count) =>
    called === method && count === nth ? fault : 'none';

/** The calls that change something: only they can be in doubt. Of all others a lost answer means that nothing happened. */
const changing: ReadonlySet<unknown> = new Set(['commit', 'enqueue', 'acquire', 'clear', 'publish']);

/** What cannot fail in this way: `subscribe` answers a loop, and `close` always ends. */
const spared: ReadonlySet<unknown> = new Set(['subscribe', 'close']);

/**
 * The client with faults between it and its backend, for whoever must live with unknown outcomes. A call fails
 * as a port's contract says: with a ConnectionError if nothing has happened, with an InDoubtError if it may have.
 */
export const withFaults = <Tested extends Testable>(client: Tested, plan: FaultPlan): Tested => {
  const counts = new Map<string, number>();
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (typeof name === 'symbol' || spared.has(name)) return member.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        const fault = plan(name, nth);
        if (fault === 'before') throw new ConnectionError(`call ${nth} of ${name} was not sent`);
        const answer: unknown = await member.apply(target, args);
        if (fault === 'none') return answer;
        if (!changing.has(name)) throw new ConnectionError(`the answer to call ${nth} of ${name} was lost`);
        throw new InDoubtError(`the answer to call ${nth} of ${name} was lost`);
      };
    },
  });
};
