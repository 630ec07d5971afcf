import { type LoadedConfig, loadConfig, loadPlugins } from '@waybill/core';
import { type Check, failureOf, ok, skip } from './doctor-check.ts';
import type { Invocation } from './invocation.ts';
import { fileNotThere } from './nothing-there.ts';

/** The config and its plugins. Without `loaded` nothing else can be looked at. */
export const configChecks = async (
  invocation: Invocation,
): Promise<{ readonly checks: readonly Check[]; readonly loaded?: LoadedConfig }> => {
  const { create: _, ...source } = invocation.source();
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig(source);
  } catch (error) {
    return { checks: [failureOf('config', error)] };
  }
  const origins = new Set([...loaded.assigned.values()].map(({ origin }) => origin.kind));
  const from = [...origins].join(', ');
  const missing = fileNotThere(loaded);
  const checks = [ok('config', `${loaded.file ?? 'no file'} (${from})`), await pluginsCheck(loaded)];
  if (missing === undefined) return { checks, loaded };
  const nothing = skip(
    'deployment',
    `there is none in ${source.cwd}: no config and no ${missing}`,
    'begin one: waybill up',
  );
  return { checks: [...checks, nothing] };
};

const pluginsCheck = async ({ config, folder }: LoadedConfig): Promise<Check> => {
  try {
    const plugins = await loadPlugins(config.plugins, folder);
    const handlers = plugins.flatMap(({ handlers: each = [] }) => each).length;
    return ok('plugins', `${plugins.map(({ name }) => name).join(', ') || 'none'}, ${handlers} handlers`);
  } catch (error) {
    return failureOf('plugins', error);
  }
};
