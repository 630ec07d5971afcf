import type { LoadedConfig, PortName } from '@waybill/core';
import { type ChoiceOptions, chooseAdapters, type Choices } from './adapter-choices.ts';
import type { Action } from './call.ts';
import { openPorts } from './open-ports.ts';
import { ownPlace, withScratchFolder } from './scratch.ts';
import { bold } from './styled.ts';

interface Declared {
  readonly port: PortName;
  readonly technology: string;
  readonly server: string;
  readonly capabilities: object;
}

/** Capabilities are those of open adapters, so they are opened; a file of theirs is made elsewhere and removed. */
export const showCapabilities: Action<ChoiceOptions> = async (invocation, call) => {
  const { output } = invocation;
  const choices = await chooseAdapters(invocation, call);
  const declared = await withScratchFolder((folder) => declarationsOf(choices, folder));
  if (output.json) {
    output.document({ adapters: declared });
    return undefined;
  }
  for (const { port, technology, server, capabilities } of declared) {
    output.data(bold(port), `  ${technology}  ${server}`);
    for (const [name, value] of Object.entries(capabilities))
      output.data(`  ${name.padEnd(16)} ${shown(value)}`);
  }
  output.next(
    'prove it: waybill adapter test TECHNOLOGY',
    'what a deployment needs of it: docs/guarantees.md',
  );
  return undefined;
};

const declarationsOf = async ({ ports, load }: Choices, folder: string): Promise<readonly Declared[]> => {
  const loaded = await load();
  const files = ['store', 'broker', 'channel'] as const;
  const scratch = await load(Object.assign({}, ...files.map((port) => scratchFile(loaded, port, folder))));
  const composition = await openPorts(scratch);
  try {
    return await Promise.all(
      ports.map(async (port) => ({
        port,
        technology: scratch.adapters[port].adapter.name,
        server: (await scratch.adapters[port].inspect()).server,
        capabilities: composition.ports[port].capabilities,
      })),
    );
  } finally {
    await composition.close();
  }
};

const scratchFile = (
  loaded: LoadedConfig,
  port: PortName,
  folder: string,
): Readonly<Record<string, string>> => {
  const place = ownPlace(loaded, port, folder);
  return place !== undefined && `${port}.file` in place ? place : {};
};

const shown = (value: unknown): string => (value === true ? 'yes' : value === false ? 'no' : String(value));
