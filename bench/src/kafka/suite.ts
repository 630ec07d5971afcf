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
const depth = { measured: 100_000, worksOff: true };

/** The broker on Kafka beside raw kafkajs, on the same server. */
export const kafka: Suite = {
  scenarios: [
    // Rounds of a second or more, after as many tickets as it takes until everything is compiled.
    submitAndWork({ concurrency: 200, bulk: 1_000, tasks: 200_000 }),
    submit(1_000),
    latency,
    flat(100, depth),
    flat(100_000, depth),
    flat(1_000_000, { ...depth, heavy: true }),
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
