import type { PortName, Ports } from '@waybill/core';
import type { Harness } from '../conformance/harness.ts';
import type { Harnesses } from './harnesses.ts';

/** `MemoryStore` and `MemoryStoreBackend`, and so on: clients of one backend share its namespace. */
interface MemoryAdapter<P extends PortName> {
  readonly client: new (backend: object) => Ports[P];
  readonly backend: new () => object;
}

const load = async <P extends PortName>(port: P): Promise<MemoryAdapter<P>> => {
  const name = `Memory${port.charAt(0).toUpperCase()}${port.slice(1)}`;
  const exported: Record<string, unknown> = await import(`@waybill/${port}-memory`);
  const [client, backend] = [exported[name], exported[`${name}Backend`]];
  if (client === undefined || backend === undefined) throw new Error(`@waybill/${port}-memory lacks ${name}`);
  return { client, backend } as MemoryAdapter<P>; // the kit has no type of any adapter: it depends on none
};

const open = async <P extends PortName>(port: P): Promise<Harness<Ports[P]>> => {
  const { client: Client, backend: Backend } = await load(port);
  let backend = new Backend();
  const { capabilities } = new Client(backend);
  return {
    technology: 'memory',
    capabilities,
    server: () => `memory of Node.js ${process.version}`,
    fresh: async () => {
      backend = new Backend();
      return new Client(backend);
    },
    another: async () => new Client(backend),
    dispose: async () => undefined,
  };
};

export const harnesses: Harnesses = {
  technology: 'memory',
  store: () => open('store'),
  broker: () => open('broker'),
  channel: () => open('channel'),
};
