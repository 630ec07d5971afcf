import { aimOf } from './aim.ts';
import { outbox, tenant } from '../records.ts';
import { news } from '../workload/collections.ts';
import type { Mutant } from './mutant.ts';
import { tamper } from './tamper.ts';

/** What makes the outbox send each message once the task has committed, and no other. */
export const messages: readonly Mutant[] = [
  {
    name: 'row-deleted-before-confirm',
    bug: 'a message is taken out of the outbox before the channel has confirmed it',
    ports: tamper({
      publish: async (given, { store, channel }) => {
        const sent = given.filter(({ hint }) => hint !== true);
        const gone = sent.map(
          ({ id }) => ({ kind: 'delete', key: { collection: outbox, tenant, id } }) as const,
        );
        if (gone.length > 0) await store.commit(gone.map((write) => ({ expect: [], writes: [write] })));
        await channel.publish(given);
      },
    }),
  },
  {
    name: 'message-before-commit',
    bug: 'a message is sent before its task has committed',
    ports: (ports) =>
      tamper({
        commit: async (batch, store) => {
          for (const given of batch) {
            if (aimOf(given) !== 'complete') continue;
            const rows = given.writes.filter(({ kind, key }) => kind === 'put' && key.collection === outbox);
            await ports.channel.publish(
              rows.map(({ key: { id } }) => ({ id, subject: news.name, body: null })),
            );
          }
          return store.commit(batch);
        },
      })(ports),
  },
];
