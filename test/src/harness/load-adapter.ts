import type { Adapter, PortName } from '@waybill/core';

/** The adapter of `@waybill/<port>-<technology>`, found by its name: the kit depends on no adapter. */
export const loadAdapter = async <P extends PortName>(port: P, technology: string): Promise<Adapter<P>> => {
  const name = `@waybill/${port}-${technology}`;
  const { default: adapter }: { default?: Partial<Adapter<P>> } = await import(name);
  if (adapter?.port !== port || adapter.name !== technology)
    throw new Error(`the default export of ${name} is no adapter of ${port} for ${technology}`);
  return adapter as Adapter<P>; // it says so itself
};
