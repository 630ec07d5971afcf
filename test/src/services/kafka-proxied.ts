import { FaultProxy } from '../fault-proxy.ts';
import { freePort } from './free-port.ts';
import { startOwnKafka } from './kafka.ts';
import type { OwnService } from './service.ts';

export interface ProxiedKafka extends OwnService {
  /** The same server by another listener, whose clients find it through the proxy only. */
  readonly proxiedUrl: string;
  readonly proxy: FaultProxy;
}

/** A Kafka tells its clients where it is, so that a proxy needs a listener of its own. */
export const startProxiedKafka = async (): Promise<ProxiedKafka> => {
  const port = await freePort();
  const proxy = await FaultProxy.open({ host: '127.0.0.1', port });
  const direct = 'PLAINTEXT://127.0.0.1:{port}';
  const service = await startOwnKafka({
    settings: {
      listeners: `${direct},PROXIED://127.0.0.1:${port},CONTROLLER://127.0.0.1:{controllerPort}`,
      'advertised.listeners': `${direct},PROXIED://127.0.0.1:${proxy.port}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
    },
  });
  return {
    ...service,
    proxy,
    proxiedUrl: `kafka://127.0.0.1:${proxy.port}`,
    stop: async () => {
      await proxy.close();
      await service.stop();
    },
  };
};
