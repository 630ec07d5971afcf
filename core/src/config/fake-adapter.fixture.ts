import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Adapter, defineAdapter, type PortName, type Ports } from '../adapter.ts';
import { bindPort } from '../bind-port.ts';

export interface FakeOptions<P extends PortName> {
  readonly name?: string;
  readonly options?: z.ZodType;
  readonly capabilities?: Partial<Ports[P]['capabilities']>;
  /** Where `open`, with the options, and `close` are noted down. */
  readonly diary?: unknown[];
  readonly open?: () => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** An adapter whose port does nothing but say when it is opened and closed. */
export const fakeAdapter = <P extends PortName>(port: P, fake: FakeOptions<P> = {}): Adapter<P> => {
  const { name = 'fake', options = z.strictObject({}), capabilities, diary = [], open, close } = fake;
  return defineAdapter({
    port,
    name,
    options,
    module: (chosen) =>
      bindPort(port, async () => {
        await open?.();
        diary.push([`open ${port}`, chosen]);
        const opened: Pick<Ports[PortName], 'capabilities' | 'close'> = {
          capabilities: { ...strongest, ...capabilities },
          close: async () => {
            diary.push(`close ${port}`);
            await close?.();
          },
        };
        return opened as Ports[P]; // nobody calls the rest
      }),
    inspect: async () => ({ server: 'none', findings: [] }),
  });
};

const strongest = {
  durability: 'disk',
  shared: true,
  ordered: true,
  rank: true,
  redelivery: true,
  replay: true,
  atomicity: 'native',
  rangeValidation: true,
} as const;

/** The three ports by fakes, as sections of a config. */
export const fakeSections = () => ({
  broker: { use: fakeAdapter('broker') },
  channel: { use: fakeAdapter('channel') },
  store: { use: fakeAdapter('store') },
});

/** A folder with these files, gone after the test. Packages of this repository can be imported from it. */
export const folderWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules', '@waybill'), { recursive: true });
  await symlink(core, join(folder, 'node_modules', '@waybill', 'core'));
  await symlink(join(core, '..', 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
};

/** The folder of this package. */
export const core = fileURLToPath(new URL('../..', import.meta.url));

/** A package of an adapter, in files; `exports` only what `import` can see. */
export const adapterPackage = (name: string, port: PortName, technology: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    type: 'module',
    exports: { '.': { import: './main.js' } },
  }),
  [`node_modules/${name}/main.js`]: `
    import { z } from 'zod';
    export default {
      port: '${port}', name: '${technology}',
      options: z.strictObject({ url: z.string().optional(), file: z.string().optional(), poolSize: z.int().min(1).default(4) }),
      module: () => { throw new Error('not opened in this test'); },
      inspect: async () => ({ server: 'none', findings: [] }),
    };`,
});
