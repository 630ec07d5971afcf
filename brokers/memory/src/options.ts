import { z } from 'zod';

/** Nothing to set: the broker lives and dies with its process. */
export const memoryBrokerOptions = z.strictObject({});
