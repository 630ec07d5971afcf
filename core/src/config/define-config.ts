import type { ConfigInput } from './schema.ts';

/** The default export of `waybill.config.ts`: the config itself, typed and frozen. Everything may be left out. */
export const defineConfig = (config: ConfigInput): ConfigInput => Object.freeze({ ...config });
