import type { Arrived, MessageChannel, Subscription } from '@waybill/core';
import { within } from '../conformance/time.ts';

/** Everything that came by, by id. */
export class Heard {
  readonly #arrived = new Map<string, Arrived>();
  readonly #twice: string[] = [];
  #bell = Promise.withResolvers<void>();

  add(message: Arrived): void {
    if (this.#arrived.has(message.id)) this.#twice.push(message.id);
    this.#arrived.set(message.id, message);
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }

  /** All that came, and those that came again. */
  get summary(): { readonly arrived: number; readonly twice: readonly string[] } {
    return { arrived: this.#arrived.size, twice: this.#twice };
  }

  async next(id: string): Promise<Arrived> {
    for (;;) {
      const arrived = this.#arrived.get(id);
      if (arrived !== undefined) return arrived;
      await within(10_000, `message ${id}`, this.#bell.promise);
    }
  }
}

/** Hears everything from the moment in which it resolves; but hints, which core sends for itself. */
export const listen = async (
  channel: MessageChannel,
  subscription: Omit<Subscription, 'onReady'>,
): Promise<Heard> => {
  const heard = new Heard();
  const { promise, resolve } = Promise.withResolvers<void>();
  void (async () => {
    for await (const { item } of channel.subscribe({ ...subscription, onReady: resolve }))
      if (item.hint !== true) heard.add(item);
  })();
  await promise;
  return heard;
};
