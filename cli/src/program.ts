import { Command, type CommanderError } from 'commander';
import { addAdminCommands } from './admin-commands.ts';
import type { Act } from './call.ts';
import { CommandError } from './command-error.ts';
import { addDeadLetterCommands } from './dead-letter-commands.ts';
import { exitCodes } from './exit-code.ts';
import { assignment } from './parse-option.ts';
import { addQueueCommands } from './queue-commands.ts';
import type { Sink } from './surroundings.ts';
import { addTaskCommands } from './task-commands.ts';
import { addWorkerCommands } from './worker-commands.ts';

/** Ends the parsing where help or the version was asked for, and has been printed. */
export class HelpShown extends Error {}

export interface ProgramOptions {
  readonly version: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly act: Act;
}

/** The tree of commands. Nothing of what they do is loaded here. */
export const makeProgram = ({ version, stdout, stderr, act }: ProgramOptions): Command => {
  const program = new Command('waybill')
    .description('Tasks that happen completely, or not at all.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => undefined, // told by `describe-error.ts`, like every other error
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .option('-c, --config <path>', 'the config file (default: waybill.config.* of this folder)')
    .option(
      '--set <key=value>',
      'set a key of the config, such as queues.critical.max=4; may be repeated',
      assignment,
    )
    .option('--json', 'answer in JSON, for programs')
    .option('-q, --quiet', 'only the answer and errors')
    .option('-v, --verbose', 'also what happens in the background, and where errors come from')
    .option('--no-color', 'no colors; NO_COLOR and FORCE_COLOR are honoured as well');
  addWorkerCommands(program, act);
  addTaskCommands(program, act);
  addQueueCommands(program, act);
  addDeadLetterCommands(program, act);
  addAdminCommands(program, act);
  program.addHelpText('after', epilogue);
  for (const command of everyCommand(program)) finish(command);
  return program;
};

/** The command and all below it. */
export const everyCommand = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap((below) => everyCommand(below)),
];

/** `waybill task submit`. */
export const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const finish = (command: Command): void => {
  command.exitOverride((error) => {
    throw translate(error, command);
  });
  if (command.commands.length === 0 || command.parent === null) return;
  command.helpCommand(false).usage('<command> [options]');
  command.summary(command.commands.map((below) => below.name()).join(' · '));
};

const translate = (error: CommanderError, command: Command): Error => {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return new HelpShown();
  const see = `see: ${nameOf(command)} --help`;
  if (error.code === 'commander.help') {
    const name = nameOf(command);
    return new CommandError(`${name} needs a command`, { exit: exitCodes.usage, fix: 'one of those above' });
  }
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.*)\?\)/.exec(suggestion ?? '')?.[1];
  const question = meant === undefined ? '' : `. Did you mean ${meant}?`;
  return new CommandError(`${first}${question}`, { exit: exitCodes.usage, fix: see });
};

const epilogue = `
Examples:
  waybill up
  waybill task submit greet '{"name":"Ada"}' --wait
  waybill queue status
  waybill dead-letter list --by-cause

Without a config: one SQLite file, ./waybill.db, durable and shared by all processes of this machine.
Exit codes: 0 ok · 1 task failed · 2 usage · 3 config · 4 backend unreachable · 5 not found · 6 refused
`;
