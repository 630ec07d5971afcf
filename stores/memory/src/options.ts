import { z } from 'zod';

/** Nothing to set: the store lives and dies with its process. */
export const memoryStoreOptions = z.strictObject({});
