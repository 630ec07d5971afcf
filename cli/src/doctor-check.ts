import { isWaybillError } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-code.ts';

/** One thing that was looked at. `skip`: it could not be, for the reason in the message. */
export interface Check {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail' | 'skip';
  readonly message: string;
  readonly fix?: string;
  /** Of a failure: what the command ends with. */
  readonly exit?: ExitCode;
}

export const ok = (name: string, message: string): Check => ({ name, level: 'ok', message });
export const warn = (name: string, message: string, fix: string): Check => ({
  name,
  level: 'warn',
  message,
  fix,
});
export const fail = (name: string, message: string, fix: string, exit: ExitCode): Check => ({
  ...{ name, level: 'fail', message, fix, exit },
});
export const skip = (name: string, message: string, fix: string): Check => ({
  name,
  level: 'skip',
  message,
  fix,
});

export const failed = ({ level }: Check): boolean => level === 'fail';

/** What an error says of the thing that was looked at. A defect is no finding: it is thrown on. */
export const failureOf = (name: string, error: unknown): Check => {
  const exit = exitCodeOf(error);
  if (exit === exitCodes.defect || !(error instanceof Error)) throw error;
  if (error instanceof CommandError) return fail(name, error.message, [error.fix].flat().join('; '), exit);
  const fix = isWaybillError(error) ? error.fix : undefined;
  const usual = exit === exitCodes.unreachable ? 'see whether it runs and its address is right' : '';
  return fail(name, error.message, fix ?? usual, exit);
};
