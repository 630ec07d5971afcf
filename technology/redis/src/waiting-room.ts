import { ConnectionError, type WaybillError } from '@waybill/core';
import type { ConnectionOptions } from './options.ts';

/** Requests that wait for a connection. */
export class WaitingRoom {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<(error: WaybillError | undefined) => void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Resolves when there is a connection. `cause` tells, at the deadline, what has kept it from coming. */
  wait(deadline: number, cause: () => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: WaybillError | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(leave);
        if (error === undefined) resolve();
        else reject(error);
      };
      const tooLate = (): void => leave(unreachable(this.#options, cause()));
      const timer = setTimeout(tooLate, Math.max(0, deadline - performance.now()));
      this.#waiting.add(leave);
    });
  }

  /** There is a connection; or there will be none, and this is why. */
  empty(error?: WaybillError): void {
    for (const leave of [...this.#waiting]) leave(error);
  }
}

const unreachable = ({ url, cluster, sentinels }: ConnectionOptions, cause: unknown): WaybillError => {
  const servers = (cluster ?? sentinels ?? [url]).map((each) => new URL(each).host).join(', ');
  const option = cluster !== undefined ? 'cluster' : sentinels !== undefined ? 'sentinels' : 'url';
  return new ConnectionError(`Redis cannot be reached at ${servers}`, {
    cause,
    facts: { servers },
    fix: `start it, or correct \`${option}\``,
  });
};
