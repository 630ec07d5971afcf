import { flat } from '../scenarios/flat.ts';
import { latency } from '../scenarios/latency.ts';
import { submit } from '../scenarios/submit.ts';
import { submitAndWork } from '../scenarios/submit-and-work.ts';
import type { Suite } from '../suite.ts';
import { asked } from './asked.ts';
import { openRawKafkajs } from './raw-kafkajs.ts';
import { startServer } from './server.ts';
import { openWaybillBroker, openWaybillBrokerWithSlowTask } from './waybill-broker.ts';

const slow = 'waybill, one slow task';
const again = 'waybill (again)';

/** The broker on Kafka beside raw kafkajs, on the same server. */
export const kafka: Suite = {
  scenarios: [
    submitAndWork({ concurrency: 200, bulk: 1_000, tasks: 100_000 }),
    submit(1_000),
    latency,
    flat(100),
    flat(100_000),
    flat(1_000_000, { heavy: true }),
  ],
  contenders: {
    waybill: openWaybillBroker,
    [slow]: openWaybillBrokerWithSlowTask,
    [again]: openWaybillBroker,
    'raw kafkajs': openRawKafkajs,
  },
  contendersOf: (scenario) => {
    if (scenario.startsWith('tasks in bulk')) return ['waybill', 'raw kafkajs', slow, again];
    return scenario.startsWith('with ') ? ['waybill'] : ['waybill', 'raw kafkajs'];
  },
  asked,
  start: startServer,
};
