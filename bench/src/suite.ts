import type { OpenContender } from './contender.ts';
import type { Scenario } from './scenario.ts';
import type { Asked } from './targets.ts';

/** One comparison: who is measured at what, and what an issue asks of the figures. */
export interface Suite {
  readonly scenarios: readonly Scenario[];
  readonly contenders: Readonly<Record<string, OpenContender>>;
  contendersOf(scenario: string): readonly string[];
  readonly asked: readonly Asked[];
  /** Starts the servers that all measurements of one run share. */
  start?(): Promise<Backend>;
}

export interface Backend {
  /** Handed to every measuring process as environment: addresses of servers. */
  readonly env: Readonly<Record<string, string>>;
  /** Names and versions for the report. */
  readonly about: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  embedded: async () => (await import('./embedded/suite.ts')).embedded,
  kafka: async () => (await import('./kafka/suite.ts')).kafka,
  mongodb: async () => (await import('./mongodb/suite.ts')).mongodb,
  rabbitmq: async () => (await import('./rabbitmq/suite.ts')).rabbitmq,
  redis: async () => (await import('./redis/suite.ts')).redis,
};

export const suiteNames: readonly string[] = Object.keys(suites);

export const loadSuite = (name: string): Promise<Suite> | undefined =>
  Object.hasOwn(suites, name) ? suites[name]?.() : undefined;
