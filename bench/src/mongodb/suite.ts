import type { Suite } from '../suite.ts';
import { openAgenda } from './agenda.ts';
import { askedIn } from './asked.ts';
import { claimAndFinish, commits } from './commits.ts';
import { endToEnd } from './end-to-end.ts';
import { openRawBulk, openRawJournal, openRawTransaction } from './raw-driver.ts';
import { serverMode, startServer } from './server.ts';
import { openWaybillEngine } from './waybill-engine.ts';
import { openWaybillStore } from './waybill-store.ts';

const inFlight = [1, 10, 100];

/** The store on MongoDB beside the raw driver, and the engine on it beside Agenda, on the same server. */
export const mongodb: Suite = {
  scenarios: [
    ...[1, 3, 10].flatMap((documents) => inFlight.map((each) => commits(documents, each))),
    ...inFlight.map(claimAndFinish),
    ...inFlight.map(endToEnd),
  ],
  contenders: {
    waybill: openWaybillStore,
    'raw bulkWrite': openRawBulk,
    'raw transaction': openRawTransaction,
    'raw writes of a journal': openRawJournal,
    'waybill engine': openWaybillEngine,
    agenda: openAgenda,
  },
  contendersOf(scenario) {
    if (scenario.startsWith('end to end')) return ['waybill engine', 'agenda'];
    if (scenario.startsWith('claim')) return ['waybill', 'raw bulkWrite'];
    const whole = serverMode() === 'native' ? 'raw transaction' : 'raw writes of a journal';
    return ['waybill', 'raw bulkWrite', whole];
  },
  get asked() {
    return askedIn(serverMode());
  },
  start: startServer,
};
