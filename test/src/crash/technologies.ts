import { basename, join } from 'node:path';
import type { PortName } from '@waybill/core';
import { startService as startKafka } from '../services/kafka.ts';
import { startService as startMongodb } from '../services/mongodb.ts';
import { startService as startRabbitmq } from '../services/rabbitmq.ts';
import { startService as startRedis } from '../services/redis.ts';
import type { Service } from '../services/service.ts';

/** One run's place: for its files, and on the server of its technology. */
export interface Place {
  /** Its last part names no other run. */
  readonly folder: string;
  /** Of the server; empty for a technology that needs none. */
  readonly url: string;
}

/** What a section of a config says, beside and with `use`. Plain JSON: it is handed to child processes. */
export type Section = Readonly<Record<string, string | number | boolean>> & { readonly use: string };

interface Technology {
  /** Finds or starts its server. Absent: it needs none. */
  readonly start?: () => Promise<Service>;
  /** How several processes reach it, in a namespace that belongs to one run. */
  readonly section: (place: Place, port: PortName) => Section;
  /** Whether there is a channel on it. Default true. */
  readonly carriesMessages?: boolean;
}

/** A killed server takes seconds to start again, and a process that starts meanwhile has to wait for it. */
const patientMs = 30_000;

/** To add a technology, add its line here; it must be shared between processes. */
const technologies: Readonly<Record<string, Technology>> = {
  kafka: {
    start: startKafka,
    // A process that is killed shall not keep its partitions for longer than the run waits.
    section: ({ folder, url }) => ({
      use: 'kafka',
      url,
      namespace: basename(folder),
      partitions: 2,
      sessionMs: 1_500,
      requestMs: patientMs,
    }),
  },
  mongodb: {
    start: startMongodb,
    carriesMessages: false,
    section: ({ folder, url }) => ({ use: 'mongodb', url, database: basename(folder).slice(-38) }),
  },
  rabbitmq: {
    start: startRabbitmq,
    section: ({ folder, url }) => ({
      use: 'rabbitmq',
      url,
      namespace: basename(folder),
      requestMs: patientMs,
    }),
  },
  redis: {
    start: startRedis,
    section: ({ folder, url }) => ({ use: 'redis', url, namespace: basename(folder) }),
  },
  sqlite: { section: ({ folder }) => ({ use: 'sqlite', file: join(folder, 'waybill.db') }) },
};

export const technologyNamed = (name: string): Technology => {
  const technology = Object.hasOwn(technologies, name) ? technologies[name] : undefined;
  if (technology !== undefined) return technology;
  const known = Object.keys(technologies).join(', ');
  throw new Error(`no technology ${name} can be crashed; there are: ${known}`);
};
