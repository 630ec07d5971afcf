import { CommandError } from './command-error.ts';
import { openDeployment } from './open-waybill.ts';
import { exitCodeOfSignal, exitCodes } from './exit-code.ts';
import { runCli, tellUncaught } from './run-cli.ts';
import type { StopSignal, Surroundings } from './surroundings.ts';

/** Runs the command line in a real process, and ends it. */
export const runProcess = async (process: NodeJS.Process): Promise<never> => {
  const { argv, env, stdin, stdout, stderr } = process;
  const listeners = new Set<(signal: StopSignal) => void>();
  /** A command that listens ends in its own time; any other at once. */
  const stop = (signal: StopSignal): void => {
    if (listeners.size === 0) process.exit(exitCodeOfSignal(signal));
    for (const listener of [...listeners]) listener(signal);
  };
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGHUP', () => stop('SIGTERM'));
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us has gone, as `head` does: nobody is left to write for.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return stop('SIGPIPE');
    const message = `standard output cannot be written: ${error.code}`;
    const fix = 'make room, or write elsewhere; it may be done all the same: look before you call again';
    process.exit(
      tellUncaught(surroundings, new CommandError(message, { exit: exitCodes['io-failed'], fix })),
    );
  });
  // A worker whose log nobody reads any more goes on working.
  stderr.on('error', () => undefined);
  const surroundings: Surroundings = {
    argv: argv.slice(2),
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
    onStop: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    open: openDeployment,
  };
  process.on('uncaughtException', (error) => process.exit(tellUncaught(surroundings, error)));
  const exit = await runCli(surroundings);
  await Promise.all([flushed(stdout), flushed(stderr)]);
  // Not `exitCode`: what a plugin left open must not keep a finished command alive.
  process.exit(exit);
};

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });
