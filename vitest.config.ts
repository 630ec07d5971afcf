import { defineConfig } from 'vitest/config';

const conditions = ['@waybill/source', 'node'];

/** Their tests start servers, stop them and wait for them: one file at a time, and after all others. */
const onServers = [
  '{technology,brokers,channels,stores}/{redis,rabbitmq,kafka,mongodb}/src/**/*.test.ts',
  'test/src/{redis,rabbitmq,kafka,mongodb,services,crash}/**/*.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['**/src/**/*.test.ts', 'test/*.test.ts', 'examples/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...onServers],
        },
      },
      {
        extends: true,
        test: { name: 'servers', include: onServers, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
