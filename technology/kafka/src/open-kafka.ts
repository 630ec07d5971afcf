import type { KafkaClient } from './kafka-client.ts';
import type { ConnectionOptions } from './options.ts';
import { PlatformaticClient } from './platformatic/platformatic-client.ts';

/** The client that all adapters use. It connects when it is first asked for something. */
export const openKafka = (options: ConnectionOptions): KafkaClient => new PlatformaticClient(options);
