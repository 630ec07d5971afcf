import { ContainerModule } from 'inversify';
import { type PortName, type Ports, portTokens } from './adapter.ts';

/** The container module of an adapter: its port's token, made once, asynchronously, when first asked for. */
export const bindPort = <P extends PortName>(port: P, open: () => Promise<Ports[P]>): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind<Ports[P]>(portTokens[port]).toResolvedValue(open, []).inSingletonScope();
  });
