import type {
  CommitOutcome,
  DocumentStore,
  Fields,
  MessageChannel,
  Ports,
  Stored,
  TaskBroker,
  Transaction,
} from '@waybill/core';
import { lend, queueNames } from '@waybill/core';

/** Adapters that agree to everything and keep as little as a task needs to run: what is left is the framework. */
export const nullPorts = (): Ports => ({ store: nullStore(), broker: nullBroker(), channel: nullChannel() });

const nullStore = (): DocumentStore => {
  const records = new Map<string, Fields>();
  const commitOne = ({ writes, reads }: Transaction): CommitOutcome => {
    for (const write of writes) {
      if (write.kind === 'put') records.set(write.key.id, write.fields);
      else if (write.kind === 'patch' && write.fields['phase'] === 'completed') records.delete(write.key.id);
      else if (write.kind === 'patch' && reads !== undefined) {
        const fields = { ...records.get(write.key.id), ...write.fields };
        const stored: Stored = { key: write.key, version: 1, fields };
        return { result: 'committed', version: 1, documents: [stored] };
      }
    }
    return { result: 'committed', version: 1 };
  };
  return {
    capabilities: { atomicity: 'native', durability: 'none', shared: false, rangeValidation: true },
    prepare: async () => undefined,
    get: async (keys) => keys.map(() => undefined),
    find: async () => ({ documents: [] }),
    commit: async (batch) => batch.map(commitOne),
    now: async () => Date.now(),
    close: async () => undefined,
  };
};

const nullBroker = (): TaskBroker => {
  let waiting: Parameters<TaskBroker['enqueue']>[0][number][] = [];
  let wake: () => void = () => undefined;
  return {
    capabilities: { durability: 'none', shared: false, ordered: true, rank: false, redelivery: false },
    enqueue: async (tickets) => {
      waiting = waiting.length === 0 ? [...tickets] : waiting.concat(tickets);
      wake();
    },
    acquire: async ({ wanted, signal }) => {
      const max = wanted.find(({ queue }) => queue === 'normal')?.max ?? 0;
      if ((waiting.length === 0 || max === 0) && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal?.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      const taken = waiting.slice(0, max);
      waiting = waiting.slice(max);
      return taken.map((ticket) => lend(ticket, async () => undefined));
    },
    depth: async () => new Map(queueNames.map((queue) => [queue, 0])),
    clear: async () => undefined,
    close: async () => wake(),
  };
};

const nullChannel = (): MessageChannel => ({
  capabilities: { durability: 'none', shared: false, replay: false, redelivery: false },
  publish: async () => undefined,
  async *subscribe({ signal, onReady }) {
    onReady?.();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
  close: async () => undefined,
});
