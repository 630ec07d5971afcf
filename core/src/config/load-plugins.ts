import { extname, join } from 'node:path';
import type { Plugin } from '../plugin.ts';
import { asPlugin, wrongWithPlugin } from './check-plugin.ts';
import { configError } from './config-error.ts';
import type { ConfigProblem } from './config-problem.ts';
import { isFile } from './find-config-file.ts';
import { importModule, moduleProblem } from './import-module.ts';
import { isPath, resolveModule } from './resolve-module.ts';

/**
 * Loads what the `plugins` of a config name: packages, files, and folders with an index file, all as seen from
 * `folder`. Nothing that is not named is ever loaded. Throws one `ConfigError` with every problem: what is not
 * there, does not load or is no plugin, and what two plugins define under one name.
 */
export const loadPlugins = async (entries: readonly string[], folder: string): Promise<readonly Plugin[]> => {
  const outcomes: Outcome[] = [];
  // One after the other: what their modules do on import happens in the order in which they are named.
  for (const [index, entry] of entries.entries())
    outcomes.push(await loadPlugin(entry, `plugins.${index}`, folder));
  const loaded = outcomes.flatMap((outcome) => ('plugin' in outcome ? [outcome] : []));
  const problems = outcomes.flatMap((outcome) => ('problems' in outcome ? outcome.problems : []));
  const all = [...problems, ...findClashes(loaded)];
  if (all.length > 0) throw configError(all, 'the plugins');
  return loaded.map(({ plugin }) => plugin);
};

interface Loaded {
  readonly path: string;
  readonly entry: string;
  readonly plugin: Plugin;
}
type Outcome = Loaded | { readonly problems: readonly ConfigProblem[] };

const loadPlugin = async (entry: string, path: string, folder: string): Promise<Outcome> => {
  const file = await findModule(entry, folder);
  if (file === undefined) return { problems: [notFound(entry, path)] };
  const imported = await importModule(file);
  if ('failure' in imported)
    return { problems: [moduleProblem(imported.failure, file, { path, shown: file })] };
  const { default: plugin, ...named } = imported.module;
  if (plugin === undefined) return { problems: [withoutDefault(entry, path, Object.keys(named))] };
  const wrong = wrongWithPlugin(plugin);
  if (wrong.length === 0) return { path, entry, plugin: asPlugin(plugin) };
  return { problems: wrong.map((message) => ({ path, message: `${entry}: ${message}`, fix: usual })) };
};

const usual = 'export default definePlugin({ name, handlers: [ … ] })';
const endings = ['.ts', '.mts', '.js', '.mjs'];

const findModule = async (entry: string, folder: string): Promise<string | undefined> => {
  if (!isPath(entry)) return resolveModule(entry, folder);
  const exact = resolveModule(entry, folder);
  if (exact !== undefined && (await isFile(exact))) return exact;
  const candidates =
    exact === undefined
      ? endings.map((ending) => `${entry}${ending}`)
      : endings.map((ending) => join(exact, `index${ending}`));
  for (const candidate of candidates) {
    const found = resolveModule(candidate, folder);
    if (found !== undefined) return found;
  }
  return undefined;
};

const notFound = (entry: string, path: string): ConfigProblem =>
  isPath(entry)
    ? {
        path,
        message: `there is no module ${entry}`,
        fix:
          extname(entry) === ''
            ? 'a folder needs an index.ts or index.js that exports a plugin'
            : 'paths begin at the config file',
      }
    : { path, message: `the package ${entry} is not installed`, fix: `npm i ${entry}` };

const withoutDefault = (entry: string, path: string, named: readonly string[]): ConfigProblem => ({
  path,
  message: `${entry} has no default export`,
  ...(named.length === 0 ? {} : { notes: [`it exports ${named.slice(0, 8).join(', ')}`] }),
  fix: usual,
});

/** Two plugins that define one name. Topics of class handlers are known, and checked, when they are made. */
const findClashes = (loaded: readonly Loaded[]): readonly ConfigProblem[] => {
  const owners = new Map<string, Loaded & { readonly item: unknown }>();
  const problems: ConfigProblem[] = [];
  for (const each of loaded) {
    for (const { name, item } of definitionsOf(each.plugin)) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, { ...each, item });
      else if (owner.item !== item) problems.push(clash(name, owner, each));
    }
  }
  return problems;
};

const definitionsOf = (plugin: Plugin): readonly { readonly name: string; readonly item: unknown }[] => [
  ...(plugin.handlers ?? []).flatMap((item) =>
    typeof item === 'function' ? [] : [{ name: `the handler of ${item.topic}`, item }],
  ),
  ...(plugin.effects ?? []).map((item) => ({ name: `the effect ${item.name}`, item })),
  ...(plugin.collections ?? []).map((item) => ({ name: `the collection ${item.name}`, item })),
  ...(plugin.managers ?? []).map((item) => ({ name: `the manager ${item.name}`, item })),
];

const clash = (name: string, first: Loaded, second: Loaded): ConfigProblem => {
  const both =
    first.path === second.path
      ? `${name} is defined twice by ${second.plugin.name} (${second.entry})`
      : `${name} is defined by ${second.plugin.name} (${second.entry}) and by ${first.plugin.name} (${first.entry})`;
  return { path: second.path, message: both, fix: 'rename one, or load only one of the plugins' };
};
