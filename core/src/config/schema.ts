import { z } from 'zod';
import type { Adapter, PortName } from '../adapter.ts';
import { duration } from './duration.ts';
import type { EnvReference } from './references.ts';

const integer = (min: number, max: number, byDefault: number) => z.int().min(min).max(max).default(byDefault);

/** An adapter by name, package, path or as an object, and beside it the adapter's own options. */
const section = <P extends PortName>(description: string) =>
  z.looseObject({
    use: z
      .union([z.string(), z.custom<Adapter<P>>((value) => typeof value === 'object' && value !== null)], {
        error: 'is no adapter: use a name such as "redis", a package, a path, or an adapter object',
      })
      .describe(description),
  });

const queue = (min: number, max: number) =>
  z
    .strictObject({
      min: integer(0, 1_000, min).describe('Places kept ready for this queue in one worker process'),
      max: integer(0, 1_000, max).describe('Tasks of this queue that run at once in one worker process'),
    })
    .superRefine((value, context) => {
      if (value.min > value.max) clash(context, 'min', 'max', `${value.min} is larger than max ${value.max}`);
    })
    .prefault({});

const queues = z
  .strictObject({ critical: queue(1, 4), normal: queue(1, 8), batch: queue(0, 2) })
  .prefault({});

const lease = z
  .strictObject({
    durationMs: duration({ min: '100ms', max: '1h' })
      .prefault('15s')
      .describe('After this long without a heartbeat a task is taken from its worker'),
    sweepMs: duration({ min: '10ms', max: '10m' })
      .prefault('2s')
      .describe('How often expired leases and due tasks are looked for'),
  })
  .prefault({});

const retention = z
  .strictObject({
    completedMs: duration({ min: '0s', max: '3650d' })
      .prefault('24h')
      .describe('How long completed and cancelled tasks are kept, with their log lines'),
    failedMs: duration({ min: '0s', max: '3650d' })
      .prefault('14d')
      .describe('How long failed tasks, the dead letters, are kept, with their log lines'),
  })
  .prefault({});

const limits = z
  .strictObject({
    payloadBytes: integer(1_024, 1_048_576, 262_144).describe(
      'Size of one input, result, message or document as JSON',
    ),
    depth: integer(1, 128, 32).describe('How deep objects and lists may be nested in a payload'),
    keys: integer(1, 1_000_000, 10_000).describe('How many keys and list items a payload may have in all'),
  })
  .prefault({});

const retry = z
  .strictObject({
    attempts: integer(1, 1_000, 3).describe('Attempts in all, where a handler does not say otherwise'),
    minDelayMs: duration({ min: '0s', max: '24h' })
      .prefault('1s')
      .describe('Longest wait before the second attempt; doubles with each'),
    maxDelayMs: duration({ min: '0s', max: '24d' })
      .prefault('5m')
      .describe('No wait between attempts is longer'),
  })
  .superRefine((value, context) => {
    if (value.minDelayMs <= value.maxDelayMs) return;
    clash(
      context,
      'minDelayMs',
      'maxDelayMs',
      `${value.minDelayMs} ms is longer than maxDelayMs ${value.maxDelayMs} ms`,
    );
  })
  .prefault({});

/** Everything a deployment decides. The descriptions are the documentation of the keys. */
export const configSchema = z.strictObject({
  broker: section<'broker'>('The adapter that wakes workers: the TaskBroker'),
  channel: section<'channel'>('The adapter that carries messages and events: the MessageChannel'),
  store: section<'store'>('The adapter that keeps tasks and documents: the DocumentStore'),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe('Packages, files and folders with handlers; paths begin at the config file'),
  queues,
  processes: z
    .enum(['one', 'many'])
    .optional()
    .describe('How many processes use this deployment. Default many, or one if no adapter can be shared'),
  guarantee: z
    .enum(['durable', 'process', 'ephemeral'])
    .optional()
    .describe(
      'The least that submitted tasks must survive: loss of power, the end of every process of ours, or nothing. ' +
        'Default process, or ephemeral if processes is one',
    ),
  isolation: z
    .enum(['serializable', 'snapshot'])
    .default('serializable')
    .describe('Whether what a task read is validated when it commits; a handler may choose for its topic'),
  lease,
  retention,
  limits,
  retry,
  timeoutMs: duration({ min: '1ms', max: '24d' })
    .prefault('5m')
    .describe('Of one attempt, where a handler does not say otherwise'),
  shutdownMs: duration({ min: '0s', max: '24h' })
    .prefault('30s')
    .describe('How long running tasks may finish when a worker stops'),
  insecure: z.boolean().default(false).describe('true: plain text to remote backends is allowed'),
});

/** A config with every default filled in; what the engine works with. */
export type Config = z.output<typeof configSchema>;

/** A config as it is written: everything may be left out, and single values may be `env(…)` references. */
export type ConfigInput = Partial<OrReference<z.input<typeof configSchema>>>;

type OrReference<T> = T extends string | number | boolean
  ? T | EnvReference
  : T extends readonly (infer Item)[]
    ? readonly OrReference<Item>[]
    : T extends { readonly use: unknown }
      ? Readonly<T>
      : T extends object
        ? { readonly [K in keyof T]: OrReference<T[K]> }
        : T;

const clash = (context: z.core.$RefinementCtx, key: string, other: string, message: string): void => {
  context.addIssue({ code: 'custom', path: [key], message, params: { whole: true, with: other } });
};
