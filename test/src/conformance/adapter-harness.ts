import { type Adapter, type PortName, type Ports, portTokens } from '@waybill/core';
import { Container } from 'inversify';
import { handleOn } from './handle.ts';
import type { Harness } from './harness.ts';

export interface HarnessOptions {
  /** The adapter's section of the config, without `use`, for a new and empty namespace. Default `{}`. */
  namespace?(): object | Promise<object>;
  readonly quietMs?: number;
  readonly deadlineMs?: number;
  /** Called last. */
  dispose?(): Promise<void>;
}

/** The harness of an adapter as a deployment uses it: made from options, through its container module. */
export const adapterHarness = async <P extends PortName>(
  adapter: Adapter<P>,
  { namespace = () => ({}), dispose = async () => undefined, ...patience }: HarnessOptions = {},
): Promise<Harness<Ports[P]>> => {
  const nextOptions = async (): Promise<unknown> => adapter.options.parse(await namespace());
  const open = async (options: unknown): Promise<Ports[P]> => {
    const container = new Container();
    await container.load(adapter.module(options));
    return container.getAsync<Ports[P]>(portTokens[adapter.port]);
  };
  let options = await nextOptions();
  let latest = await open(options);
  const { capabilities } = latest;
  await latest.close();
  return {
    ...patience,
    technology: adapter.name,
    capabilities,
    server: async () => (await adapter.inspect(options)).server,
    fresh: async () => {
      options = await nextOptions();
      latest = await open(options);
      return latest;
    },
    another: async () => (capabilities.shared ? open(options) : handleOn(latest)),
    dispose,
  };
};
