import { isWaybillError, loadConfig, loadPlugins, type LoadedConfig, type Plugin } from '@waybill/core';
import type { Action } from './call.ts';
import { exitCodes } from './exit-code.ts';
import { viewProblems } from './problem-view.ts';
import { green } from './styled.ts';

/** Looks at everything that can be judged without a backend; what needs one is `doctor`'s. */
export const checkConfig: Action = async (invocation) => {
  const { output } = invocation;
  try {
    const { create: _, ...source } = invocation.source();
    const loaded = await loadConfig(source);
    const plugins = await loadPlugins(loaded.config.plugins, loaded.folder);
    const topics = topicsOf(plugins);
    if (output.json) {
      const found = { file: loaded.file ?? null, adapters: adaptersOf(loaded), topics };
      output.document({ ok: true, ...found, problems: [] });
      return undefined;
    }
    output.data(green('✔ '), loaded.file ?? 'no config file: the defaults');
    for (const [port, name] of Object.entries(adaptersOf(loaded))) output.data(`  ${port.padEnd(8)} ${name}`);
    output.data(`  plugins  ${plugins.map(({ name }) => name).join(', ') || 'none'}`);
    output.data(`  topics   ${topics.join(', ') || 'none'}`);
    output.next(
      'every value, and where it comes from: waybill config print --origins',
      'the backends: waybill doctor',
    );
    return undefined;
  } catch (error) {
    if (!output.json || !isWaybillError(error) || error.code !== 'WB_CONFIG') throw error;
    // The problems are the answer here, so they go where answers go.
    output.document({ ok: false, message: error.message, problems: viewProblems(error) });
    return exitCodes.config;
  }
};

export const adaptersOf = ({
  adapters,
}: LoadedConfig): { readonly [Port in 'broker' | 'channel' | 'store']: string } => ({
  broker: adapters.broker.adapter.name,
  channel: adapters.channel.adapter.name,
  store: adapters.store.adapter.name,
});

/** Class handlers tell their topic when they are made, which nothing here does. */
const topicsOf = (plugins: readonly Plugin[]): readonly string[] =>
  plugins
    .flatMap(({ handlers = [] }) => handlers)
    .map((handler) => (typeof handler === 'function' ? `class ${handler.name}` : handler.topic))
    .toSorted();
