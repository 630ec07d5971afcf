import { defineConfig } from 'vitest/config';

const conditions = ['@waybill/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true } },
  test: {
    include: ['**/src/**/*.test.ts', 'test/*.test.ts', 'examples/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    pool: 'forks',
  },
});
