import type { Collection, EngineLog, LoadedConfig, Opened, Plugin } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import { fileNotThere } from './nothing-there.ts';

/** Where a deployment is described: as core's `ConfigSource`, with the environment. */
export interface DeploymentSource {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by dotted path; text is read as the key's type. */
  readonly flags: Readonly<Record<string, string>>;
  readonly file?: string;
  /** Whether to begin a deployment where neither a config nor a file of one is. */
  readonly create: boolean;
  /** What the command needs beside the store: who only looks should not need every backend to run. */
  readonly beside: readonly ('broker' | 'channel')[];
}

export type OpenDeployment = (source: DeploymentSource, log: EngineLog) => Promise<Opened>;

/** Opens the deployment that the config names, with its plugins and the document tasks. */
export const openDeployment: OpenDeployment = async ({ create, env, beside, ...source }, log) => {
  const [{ loadConfig, openWaybill }, { documentTasks }] = await Promise.all([
    import('@waybill/core'),
    import('@waybill/workers'),
  ]);
  if (!create) refuseNothing(await loadConfig({ ...source, env }), source.cwd);
  const pluginsOf = (loaded: readonly Plugin[]): readonly Plugin[] => [documentTasks(collectionsOf(loaded))];
  return openWaybill(source, { env, log, beside, pluginsOf });
};

const collectionsOf = (plugins: readonly Plugin[]): ReadonlyMap<string, Collection> =>
  new Map(plugins.flatMap(({ collections = [] }) => collections).map((each) => [each.name, each]));

/**
 * Without a config and without its file there is nothing to look at. Opening would leave an empty file in
 * whatever folder this is, and a task submitted there would wait for a worker that nobody starts.
 */
const refuseNothing = (loaded: LoadedConfig, cwd: string): void => {
  const missing = fileNotThere(loaded);
  if (missing === undefined) return;
  throw new CommandError(`there is no deployment in ${cwd}: no waybill.config.* and no ${missing}`, {
    exit: exitCodes['not-found'],
    fix: [
      'go to the folder of your project, or name its config: --config PATH',
      'or begin one here: waybill up',
    ],
  });
};
