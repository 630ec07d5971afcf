import type { Command } from 'commander';
import type { Act, Action } from './call.ts';
import { expandConfigFlags } from './config-flags.ts';
import { tellError } from './describe-error.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { type GlobalOptions, Invocation } from './invocation.ts';
import { HelpShown, makeProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';
import { readVersion } from './version.ts';

/** Runs one command to its end. Never rejects: whatever goes wrong is told, and answered as an exit code. */
export const runCli = async (surroundings: Surroundings): Promise<ExitCode> => {
  const { argv, stdout, stderr } = surroundings;
  let exit: ExitCode = exitCodes.ok;
  let invocation = new Invocation(surroundings, beforeParsing(argv));
  const act: Act =
    (load) =>
    async (...given) => {
      const command = given.at(-1) as Command; // commander passes the arguments, the options, the command
      invocation = new Invocation(surroundings, command.optsWithGlobals<GlobalOptions>());
      const args = given.slice(0, -2) as (string | undefined)[]; // no argument is declared with a parser
      const action = (await load()) as Action; // its options are what the declaration beside it says
      exit = (await action(invocation, { args, options: command.opts() })) ?? exitCodes.ok;
    };
  try {
    const program = makeProgram({ version: readVersion(), stdout, stderr, act });
    await program.parseAsync(expandConfigFlags(argv), { from: 'user' });
    return exit;
  } catch (error) {
    return error instanceof HelpShown
      ? exitCodes.ok
      : tellError(invocation.output, error, invocation.options);
  }
};

/** Tells what was thrown where nobody could catch it, such as in a timer of a plugin. */
export const tellUncaught = (surroundings: Surroundings, error: unknown): ExitCode =>
  tellError(new Invocation(surroundings, beforeParsing(surroundings.argv)).output, error);

/** How to tell that the options cannot be parsed. */
const beforeParsing = (argv: readonly string[]): GlobalOptions => ({
  json: argv.includes('--json'),
  color: !argv.includes('--no-color'),
});
