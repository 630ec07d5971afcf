import { atEndOfTurn } from './end-of-turn.ts';

/**
 * Group commit without a timer: while one call is in flight, whatever arrives gathers into the next one. Alone
 * an item leaves at the end of the current turn of the event loop; under load batches grow by themselves.
 */
export interface Coalescer<Item, Answer> {
  /** The answer to this item. Rejects with what its batch rejected with. */
  add(item: Item): Promise<Answer>;
  /** Resolves when nothing is waiting or in flight. */
  idle(): Promise<void>;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

/** Fewer items than this are not worth a call of their own while another one is in flight, or others are being made. */
const leastShare = 16;

/** Equal parts: while the server has one of them, another one is being made, and neither side waits for the larger one. */
const share = (items: number, most: number): number => Math.ceil(items / Math.ceil(items / most));

/**
 * `send` answers in the order of its items. `maxItems` bounds one batch (default 500). With several `lanes` as many calls
 * may be in flight, so that this process and a server work at the same time; default: one.
 */
export const coalesce = <Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
  maxItems = 500,
  lanes = 1,
): Coalescer<Item, Answer> => {
  let waiting: Waiting<Item, Answer>[] = [];
  let running = 0;
  let ended = Promise.resolve();

  const isWorthACall = (): boolean => waiting.length >= (running > 1 ? leastShare : 1);

  const drain = async (): Promise<void> => {
    await Promise.resolve();
    while (isWorthACall()) {
      if (waiting.length < leastShare) {
        await new Promise<void>(atEndOfTurn);
        if (!isWorthACall()) break; // another lane has taken them
      }
      const batch = waiting.length > maxItems ? waiting.splice(0, share(waiting.length, maxItems)) : waiting;
      if (batch === waiting) waiting = [];
      try {
        const answers = await send(batch.map((entry) => entry.item));
        for (let i = 0; i < batch.length; i++) batch[i]?.resolve(answers[i] as Answer); // `send` answers each item
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    running--;
  };

  const begin = (): void => {
    running++;
    const others = ended;
    ended = drain().then(() => others);
  };

  return {
    add: (item) =>
      new Promise<Answer>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (running === 0 || (running < lanes && waiting.length >= leastShare)) begin();
      }),
    idle: async () => {
      while (running > 0) await ended;
    },
  };
};
