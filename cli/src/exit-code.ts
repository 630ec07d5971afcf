import type { WaybillError } from '@waybill/core';
import { CommandError } from './command-error.ts';
import type { StopSignal } from './surroundings.ts';

/** What programs may rely on; the first seven are the product's, the rest are the custom of shells and of sysexits.h. */
export const exitCodes = {
  ok: 0,
  'task-failed': 1,
  usage: 2,
  config: 3,
  unreachable: 4,
  'not-found': 5,
  refused: 6,
  defect: 70,
  'io-failed': 74,
  'timed-out': 124,
  interrupted: 130,
  'pipe-closed': 141,
  terminated: 143,
} as const;
export type ExitName = keyof typeof exitCodes;
export type ExitCode = (typeof exitCodes)[ExitName];

const byErrorCode: Readonly<Record<string, ExitName>> = {
  WB_CONFIG: 'config',
  WB_UNSUPPORTED: 'config',
  WB_PAYLOAD: 'usage',
  WB_CONNECTION: 'unreachable',
  WB_IN_DOUBT: 'unreachable',
  WB_QUOTA: 'refused',
  WB_CONFLICT: 'refused',
  WB_DEADLINE: 'timed-out',
  WB_TASK_FAILED: 'task-failed',
  WB_HANDLER: 'task-failed',
};

/** The one place where an error becomes an exit code. What nobody foresaw is a defect. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof CommandError) return error.exit;
  return isOurs(error) ? exitCodes[byErrorCode[error.code] ?? 'defect'] : exitCodes.defect;
};

/** 128 and the number of the signal, as shells have it. */
export const exitCodeOfSignal = (signal: StopSignal): ExitCode => exitCodes[bySignal[signal]];

const bySignal = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGPIPE: 'pipe-closed' } as const;

export const exitNameOf = (exit: ExitCode): ExitName =>
  (Object.keys(exitCodes) as ExitName[]).find((name) => exitCodes[name] === exit) ?? 'defect'; // keys of a constant

/** As `isWaybillError` of core, which is not loaded when a usage error is told. */
export const isOurs = (error: unknown): error is WaybillError =>
  typeof error === 'object' && error !== null && Symbol.for('waybill/error') in error;
