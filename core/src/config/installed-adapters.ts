import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortName } from '../adapter.ts';

/** The technologies of this port whose packages can be found from the config's folder or from core. */
export const installedAdapters = (port: PortName, folder: string): readonly string[] => {
  const found = new Set<string>();
  for (const start of [folder, dirname(fileURLToPath(import.meta.url))]) {
    for (const scope of scopesAbove(start)) {
      for (const name of readdirSync(scope))
        if (name.startsWith(`${port}-`)) found.add(name.slice(port.length + 1));
    }
  }
  return [...found].toSorted();
};

const scopesAbove = (start: string): readonly string[] => {
  const scopes: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const scope = join(folder, 'node_modules', '@waybill');
    if (existsSync(scope)) scopes.push(scope);
    if (folder === dirname(folder)) return scopes;
  }
};
