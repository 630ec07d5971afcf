import { CommandError } from './command-error.ts';
import { type ExitCode, type ExitName, exitCodeOf, exitCodes, exitNameOf, isOurs } from './exit-code.ts';
import type { Output } from './output.ts';
import { viewProblems } from './problem-view.ts';
import { bold, dim, red } from './styled.ts';

/** Tells an error, for people or for programs, and answers the exit code. */
export const tellError = (output: Output, error: unknown, { verbose = false } = {}): ExitCode => {
  const exit = exitCodeOf(error);
  if (exit === exitCodes['pipe-closed']) return exit; // nobody reads any more, and it was their wish
  const told = describe(error, exit);
  if (output.json) {
    output.problemRecord({ error: { ...told, exit } });
    return exit;
  }
  const [first = '', ...more] = told.message.split('\n');
  output.problem(red('✖ '), bold(first), dim(told.code.startsWith('WB_') ? `  ${told.code}` : ''));
  for (const line of more) output.problem(line);
  for (const [name, value] of Object.entries(told.facts)) output.problem(dim(`  ${name}: ${String(value)}`));
  for (const [index, line] of told.fix.entries()) output.problem(index === 0 ? '  fix: ' : '       ', line);
  if ((verbose || exit === exitCodes.defect) && error instanceof Error) tellStack(output, error);
  return exit;
};

interface Told {
  readonly code: string;
  readonly message: string;
  readonly fix: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly problems?: readonly unknown[];
}

const describe = (error: unknown, exit: ExitCode): Told => {
  const name = exitNameOf(exit);
  const fallback = usualFix[name] ?? [];
  if (error instanceof CommandError) {
    const fix = typeof error.fix === 'string' ? [error.fix] : error.fix;
    return { code: name, message: error.message, fix, facts: {} };
  }
  if (!isOurs(error)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { code: 'defect', message, fix: fallback, facts: {} };
  }
  const { code, message, facts } = error;
  const problems = viewProblems(error);
  if (problems.length > 0)
    return { code, message, fix: ['waybill doctor, once it is mended'], facts: {}, problems };
  return { code, message, fix: error.fix === undefined ? fallback : [error.fix], facts };
};

/** What to do next where the error itself does not say. */
const usualFix: Partial<Record<ExitName, readonly string[]>> = {
  config: ['mend the config, then: waybill config check'],
  unreachable: ['see whether the backend runs and its address is right, then: waybill doctor'],
  usage: ['mend the value that is named, and call again'],
  refused: ['call again in a moment'],
  'timed-out': ['call again, or wait longer'],
  'task-failed': ['waybill dead-letter list'],
  defect: ['this is a defect, of Waybill or of a plugin: please report it with the lines below'],
};

const tellStack = (output: Output, error: Error): void => {
  const lines = (error.stack ?? '').split('\n').slice(1);
  for (const line of lines) output.problem(dim(line));
  if (error.cause instanceof Error) {
    output.problem(dim(`  because of ${error.cause.name}: ${error.cause.message}`));
    tellStack(output, error.cause);
  }
};
