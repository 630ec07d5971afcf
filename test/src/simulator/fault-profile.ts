import type { Random } from './random.ts';

/** What can go wrong between a process and one service, as probabilities per request. */
export interface LinkFaults {
  /** The request is lost, and the caller knows that nothing happened. */
  readonly refused: number;
  /** The request or its reply is lost, and the caller does not know which. */
  readonly inDoubt: number;
  /** Of requests in doubt: applied, but only after the caller was told so. */
  readonly late: number;
  /** Applied once more after a while. */
  readonly twice: number;
  readonly slow: number;
}

/** What goes wrong in one schedule. `…EveryMs` is the mean wait between two; `undefined`: never. */
export interface FaultProfile {
  readonly store: LinkFaults;
  readonly broker: LinkFaults;
  readonly channel: LinkFaults;
  readonly agent: LinkFaults;
  /** Of one request that is slow or late. */
  readonly slowMs: number;
  readonly ticketLost: number;
  readonly ticketTwice: number;
  readonly ticketDelayed: number;
  readonly redelivery: boolean;
  readonly hintLost: number;
  readonly messageTwice: number;
  readonly agentFails: number;
  readonly crashEveryMs: number | undefined;
  readonly pauseEveryMs: number | undefined;
  readonly pauseMs: number;
  readonly stopEveryMs: number | undefined;
  readonly jumpEveryMs: number | undefined;
  readonly storeDownEveryMs: number | undefined;
  readonly brokerDownEveryMs: number | undefined;
  readonly brokerWipedEveryMs: number | undefined;
  readonly channelDownEveryMs: number | undefined;
  readonly partitionEveryMs: number | undefined;
  /** The probability that a process meets its end, or a pause, at a point of the protocol. */
  readonly pointFaults: number;
  readonly skewMs: number;
  readonly drift: number;
}

const noLinkFaults: LinkFaults = { refused: 0, inDoubt: 0, late: 0, twice: 0, slow: 0 };

export const noFaults: FaultProfile = {
  store: noLinkFaults,
  broker: noLinkFaults,
  channel: noLinkFaults,
  agent: noLinkFaults,
  slowMs: 0,
  ticketLost: 0,
  ticketTwice: 0,
  ticketDelayed: 0,
  redelivery: true,
  hintLost: 0,
  messageTwice: 0,
  agentFails: 0,
  crashEveryMs: undefined,
  pauseEveryMs: undefined,
  pauseMs: 0,
  stopEveryMs: undefined,
  jumpEveryMs: undefined,
  storeDownEveryMs: undefined,
  brokerDownEveryMs: undefined,
  brokerWipedEveryMs: undefined,
  channelDownEveryMs: undefined,
  partitionEveryMs: undefined,
  pointFaults: 0,
  skewMs: 0,
  drift: 0,
};

/**
 * A profile of its own for every seed: some kinds of fault are absent, some rare, some frequent. Testing with all
 * of them all the time hides bugs that a particular few bring out (swarm testing, Groce et al., ISSTA 2012).
 */
export const drawFaults = (random: Random, leaseMs: number): FaultProfile => {
  if (random.chance(0.05)) return noFaults;
  if (random.chance(0.05)) return { ...noFaults, crashEveryMs: random.scale(300, 3_000) };
  const rate = (low: number, high: number): number => (random.chance(0.5) ? random.scale(low, high) : 0);
  const every = (probability: number, low: number, high: number): number | undefined =>
    random.chance(probability) ? random.scale(low, high) : undefined;
  const link = (): LinkFaults => ({
    refused: rate(0.002, 0.15),
    inDoubt: rate(0.002, 0.25),
    late: random.chance(0.5) ? random.between(0.1, 1) : 0,
    twice: rate(0.005, 0.3),
    slow: rate(0.005, 0.2),
  });
  return {
    store: link(),
    broker: link(),
    channel: link(),
    agent: link(),
    slowMs: random.scale(5, 2 * leaseMs),
    ticketLost: rate(0.01, 0.6),
    ticketTwice: rate(0.01, 0.6),
    ticketDelayed: rate(0.01, 0.6),
    redelivery: random.chance(0.5),
    hintLost: rate(0.01, 1),
    messageTwice: rate(0.01, 0.5),
    agentFails: rate(0.01, 0.3),
    crashEveryMs: every(0.5, 300, 10_000),
    pauseEveryMs: every(0.5, 300, 10_000),
    pauseMs: random.scale(10, 3 * leaseMs),
    stopEveryMs: every(0.3, 500, 10_000),
    jumpEveryMs: every(0.3, 500, 10_000),
    storeDownEveryMs: every(0.2, 1_000, 10_000),
    brokerDownEveryMs: every(0.2, 1_000, 10_000),
    brokerWipedEveryMs: every(0.3, 500, 10_000),
    channelDownEveryMs: every(0.2, 1_000, 10_000),
    partitionEveryMs: every(0.3, 500, 10_000),
    pointFaults: random.chance(0.5) ? 1 : 0,
    skewMs: random.chance(0.5) ? random.scale(1, 600_000) : 0,
    drift: random.chance(0.3) ? random.between(0, 0.05) : 0,
  };
};

/** `none`: nothing goes wrong. `crashes`: processes die, and nothing else goes wrong. */
export type FaultKind = 'none' | 'crashes' | 'many';

export const kindOf = (faults: FaultProfile): FaultKind => {
  if (faults === noFaults) return 'none';
  return isEqual({ ...faults, crashEveryMs: undefined }, noFaults) ? 'crashes' : 'many';
};

const isEqual = (a: FaultProfile, b: FaultProfile): boolean => JSON.stringify(a) === JSON.stringify(b);
