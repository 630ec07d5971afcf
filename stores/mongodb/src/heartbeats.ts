import type { MongoClient } from 'mongodb';

/** How many times its time a heartbeat is waited for: to connect and to greet have that time each. */
const patience = 2;

/**
 * Whether a client still looks for its servers. The driver asks each of them from time to time, and takes one that does not
 * answer in time for gone. But a question that is written just when its connection breaks waits for ever, since nothing limits
 * the wait for a destroyed socket to drain (`writeCommand` in lib/cmap/connection.js of mongodb 7.9): that client never
 * finds this server again. A client of which a heartbeat takes far too long is to be replaced.
 */
export class Heartbeats {
  /** By `performance.now()`, when those that have begun must be over, by server. */
  readonly #due = new Map<string, number>();

  constructor(client: Pick<MongoClient, 'on' | 'options'>) {
    const { connectTimeoutMS, heartbeatFrequencyMS } = client.options;
    client.on('serverHeartbeatStarted', ({ connectionId, awaited }) => {
      const allowed = patience * connectTimeoutMS + (awaited ? heartbeatFrequencyMS : 0);
      this.#due.set(connectionId, performance.now() + allowed);
    });
    const forget = ({ connectionId }: { readonly connectionId: string }): void => {
      this.#due.delete(connectionId);
    };
    client.on('serverHeartbeatSucceeded', forget);
    client.on('serverHeartbeatFailed', forget);
    client.on('serverClosed', ({ address }) => this.#due.delete(address));
  }

  get haveStopped(): boolean {
    if (this.#due.size === 0) return false;
    const now = performance.now();
    for (const due of this.#due.values()) if (now > due) return true;
    return false;
  }
}
