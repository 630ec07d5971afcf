import type { ConfigInput } from './config/schema.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { ConfigProblem } from './config/config-problem.ts';
import type { Guarantees } from './config/guarantees.ts';
import type { Inspections } from './config/inspect-adapters.ts';
import { openEngine } from './engine/engine.ts';
import type { EngineLog } from './engine/engine-context.ts';
import type { Points } from './engine/points.ts';
import { defaultSettings, type EngineSettings } from './engine/settings.ts';
import type { Config } from './config/schema.ts';
import type { Plugin } from './plugin.ts';
import type { Runtime } from './runtime.ts';
import { Waybill } from './waybill.ts';

/** Where the config is: made by the program, in a file, or (default) in the working directory, if there is one. */
export type ConfigSource =
  | { readonly config: ConfigInput }
  | {
      readonly file?: string;
      readonly cwd?: string;
      readonly flags?: Readonly<Record<string, string | number | boolean>>;
    };

export interface CreateOptions {
  /** Beside those that the config names. */
  readonly plugins?: readonly Plugin[];
  /** Made from what is loaded, e.g. tasks over the collections of the plugins. */
  readonly pluginsOf?: (loaded: readonly Plugin[]) => readonly Plugin[];
  /** `WAYBILL_*` variables and `env()` references are read here. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Which of broker and channel to open beside the store. Default both. For tools that only look: whatever needs one
   * that is not opened meets a `ConnectionError`.
   */
  readonly beside?: readonly ('broker' | 'channel')[];
  readonly runtime?: Runtime;
  readonly points?: Points;
  readonly log?: EngineLog;
}

/** A deployment as it was opened. */
export interface Opened {
  readonly waybill: Waybill;
  readonly loaded: LoadedConfig;
  readonly guarantees: Guarantees;
  /** What the live backends say of themselves. */
  readonly servers: Inspections['servers'];
  /** What is allowed, and may surprise. */
  readonly warnings: readonly ConfigProblem[];
  readonly plugins: readonly Plugin[];
}

/**
 * Loads a config, opens its adapters, loads its plugins and answers a Waybill that closes all of it. Without a
 * config: one SQLite file, `./waybill.db`. Throws a `ConfigError` with every problem, or the `ConnectionError` of a
 * backend that cannot be reached.
 */
export const createWaybill = async (
  source: ConfigSource = {},
  options: CreateOptions = {},
): Promise<Waybill> => (await openWaybill(source, options)).waybill;

/** As `createWaybill`, with what was loaded: for tools. */
export const openWaybill = async (
  source: ConfigSource = {},
  options: CreateOptions = {},
): Promise<Opened> => {
  const { beside } = options;
  // Loaded here, so that importing core stays cheap for those who bring ports of their own.
  const [{ loadConfig }, { loadPlugins }, { inspectAdapters }, { configError }, { createContainer }] =
    await Promise.all([
      import('./config/load-config.ts'),
      import('./config/load-plugins.ts'),
      import('./config/inspect-adapters.ts'),
      import('./config/config-error.ts'),
      import('./container.ts'),
    ]);
  const loaded = await loadConfig({ cwd: process.cwd(), env: options.env ?? process.env, ...source });
  const named = [...(await loadPlugins(loaded.config.plugins, loaded.folder)), ...(options.plugins ?? [])];
  const plugins = [...named, ...(options.pluginsOf?.(named) ?? [])];
  const { servers, problems, warnings } = await inspectAdapters(
    loaded.adapters,
    beside && [...beside, 'store'],
  );
  if (problems.length > 0) throw configError(problems, loaded.file ?? 'the config');
  const modules = plugins.flatMap((plugin) => plugin.modules ?? []);
  const composition = await createContainer({
    config: loaded.config,
    adapters: loaded.adapters,
    modules,
    ...(beside && { beside }),
  });
  try {
    const engine = await openEngine({
      ...options,
      ports: composition.ports,
      plugins,
      settings: settingsOf(loaded.config),
      makeHandler: (handler) => composition.makeHandler(handler),
    });
    const waybill = new Waybill(engine, () => composition.close());
    const { guarantees } = composition;
    return { waybill, loaded, guarantees, servers, warnings: [...warnings, ...guarantees.warnings], plugins };
  } catch (error) {
    // Why it did not open is worth more than whether what was open closed well.
    await Promise.allSettled([composition.close()]);
    throw error;
  }
};

const settingsOf = (config: Config): EngineSettings => ({
  ...defaultSettings,
  leaseMs: config.lease.durationMs,
  sweepMs: config.lease.sweepMs,
  keepCompletedMs: config.retention.completedMs,
  keepFailedMs: config.retention.failedMs,
  timeoutMs: config.timeoutMs,
  retry: { ...config.retry },
  limits: { bytes: config.limits.payloadBytes, depth: config.limits.depth, keys: config.limits.keys },
  isolation: config.isolation,
  slots: {
    critical: config.queues.critical.max,
    normal: config.queues.normal.max,
    batch: config.queues.batch.max,
  },
  shutdownMs: config.shutdownMs,
});
