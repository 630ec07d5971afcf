/** The conformance kit: proves that an adapter keeps every promise of its port. See README.md. */
export * from './conformance/adapter-harness.ts';
export * from './conformance/broker-cases/broker-cases.ts';
export * from './conformance/case.ts';
export * from './conformance/channel-cases/channel-cases.ts';
export * from './conformance/handle.ts';
export * from './conformance/harness.ts';
export * from './conformance/open-suites.ts';
export * from './conformance/run.ts';
export * from './conformance/store-cases/store-cases.ts';
export * from './conformance/world.ts';
export * from './harness/harnesses.ts';
export * from './faults.ts';
