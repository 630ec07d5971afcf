import { setTimeout as pause } from 'node:timers/promises';
import type { Contender } from './contender.ts';

/** One thing measured. `measure` answers its figures; higher is better for rates, lower for latencies and costs. */
export interface Scenario {
  readonly name: string;
  readonly unit: 'tasks/s' | 'ms' | 'µs/task' | 'bytes';
  /** How large a part of the measurement is run once before it, uncounted. */
  readonly warmUp?: number;
  /** Takes long: runs only when it is asked for by name. */
  readonly heavy?: boolean;
  measure(contender: Contender, scale: number, place: Place): Promise<Readonly<Record<string, number>>>;
}

/** Where a contender was opened, for a second process to open it as well. */
export interface Place {
  readonly suite: string;
  readonly contender: string;
  readonly folder: string;
  /** Nothing of it counts. */
  readonly isWarmUp: boolean;
}

/** `count` in the time since `fromMs`, per second. */
export const rate = (count: number, fromMs: number): number => (count / (performance.now() - fromMs)) * 1_000;

/** Of what waits while something else is measured: for some seconds a server, or a file, is busy with what it has just got. */
export const rest = (): Promise<void> => pause(10_000);

/** Microseconds of CPU of this process since `before`. */
export const cpuSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

export const quantiles = (values: readonly number[]): { readonly p50: number; readonly p99: number } => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
};

export const missing = (what: string): never => {
  throw new Error(`the contender has no ${what}`);
};
