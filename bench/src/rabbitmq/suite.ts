import { endToEnd } from '../scenarios/end-to-end.ts';
import { flat } from '../scenarios/flat.ts';
import { latency } from '../scenarios/latency.ts';
import { bulk, submit } from '../scenarios/submit.ts';
import type { Suite } from '../suite.ts';
import { asked } from './asked.ts';
import { openRawAmqplib } from './raw-amqplib.ts';
import { startServer } from './server.ts';
import { openWaybillBroker } from './waybill-broker.ts';

const again = 'waybill (again)';

/** The broker on RabbitMQ beside raw amqplib, on the same server. */
export const rabbitmq: Suite = {
  scenarios: [
    submit(1),
    submit(100, 60_000),
    submit(1_000, 60_000),
    bulk,
    endToEnd(10),
    endToEnd(100),
    latency,
    flat(100, { worksOff: true }),
    flat(100_000, { worksOff: true }),
    flat(1_000_000, { worksOff: true }),
  ],
  contenders: {
    waybill: openWaybillBroker,
    [again]: openWaybillBroker,
    'raw amqplib': openRawAmqplib,
  },
  contendersOf: (scenario) => ['waybill', 'raw amqplib', ...(scenario === 'end to end 100' ? [again] : [])],
  asked,
  start: startServer,
};
