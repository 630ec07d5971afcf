import { ClosedError } from '@waybill/core';
import type { Testable } from './harness.ts';

/**
 * A second client of a technology that lives in one object: everything goes to `client`, but closing closes this
 * handle alone.
 */
export const handleOn = <Tested extends Testable>(client: Tested): Tested => {
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'close') return close;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (closed) return Promise.reject(new ClosedError('this handle is closed'));
        return member.apply(target, args);
      };
    },
  });
};
