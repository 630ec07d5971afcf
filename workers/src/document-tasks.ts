import { defineHandler, type Handler, permanent, type Plugin } from '@waybill/core';
import { z } from 'zod';

const name = z.string().min(1).max(63);
const id = z.string().min(1).max(512);

/**
 * Tasks on documents without code of one's own: `document.put`, `document.delete`. `collections` are those of
 * the loaded plugins, whose schemas hold as everywhere else.
 */
export const documentTasks = (collections: ReadonlyMap<string, Parameters<DocumentsOf>[0]>): Plugin => ({
  name: 'document-tasks',
  handlers: [put(collections), remove(collections)],
});

type DocumentsOf = Parameters<Handler['run']>[1]['documents'];
type Collections = ReadonlyMap<string, Parameters<DocumentsOf>[0]>;

const put = (collections: Collections): Handler =>
  defineHandler({
    topic: 'document.put',
    input: z.strictObject({ collection: name, id, value: z.record(z.string(), z.json()) }),
    output: z.object({ collection: z.string(), id: z.string() }),
    async run(input, work) {
      work.documents(collectionOf(collections, input.collection)).put(input.id, input.value);
      return { collection: input.collection, id: input.id };
    },
  });

const remove = (collections: Collections): Handler =>
  defineHandler({
    topic: 'document.delete',
    input: z.strictObject({ collection: name, id }),
    output: z.object({ existed: z.boolean() }),
    async run(input, work) {
      const documents = work.documents(collectionOf(collections, input.collection));
      const existed = (await documents.get(input.id)) !== undefined;
      documents.delete(input.id);
      return { existed };
    },
  });

const collectionOf = (collections: Collections, wanted: string): Parameters<DocumentsOf>[0] => {
  const collection = collections.get(wanted);
  if (collection !== undefined) return collection;
  throw permanent(`no plugin of this worker defines the collection ${wanted}`, {
    fix: `defined are: ${[...collections.keys()].join(', ') || 'none'}`,
  });
};
