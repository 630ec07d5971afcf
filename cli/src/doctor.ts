import type { Action } from './call.ts';
import { backendChecks } from './doctor-backends.ts';
import { type Check, failed } from './doctor-check.ts';
import { configChecks } from './doctor-config.ts';
import { deploymentChecks } from './doctor-deployment.ts';
import { nodeCheck } from './doctor-node.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';
import { pluralOf } from './scan-tasks.ts';
import { dim, green, red, yellow } from './styled.ts';

/** Looks at everything, and goes on where it can: one finding must not hide the others. */
export const examine: Action = async (invocation) => {
  const { output } = invocation;
  const checks: Check[] = [];
  const tell = (found: readonly Check[]): void => {
    checks.push(...found);
    if (!output.json) for (const check of found) printCheck(output, check);
  };
  tell([nodeCheck(process.versions.node)]);
  const { checks: ofConfig, loaded } = await configChecks(invocation);
  tell(ofConfig);
  if (loaded !== undefined) {
    const ofBackends = await backendChecks(loaded);
    tell(ofBackends);
    if (![...ofConfig, ...ofBackends].some(({ level }) => level === 'fail' || level === 'skip'))
      tell(await deploymentChecks(invocation, loaded));
  }
  const exit = exitOf(checks);
  if (output.json) output.document({ ok: exit === exitCodes.ok, checks: checks.map(viewCheck) });
  else printSum(output, checks);
  return exit;
};

const exitOf = (checks: readonly Check[]): ExitCode => checks.find(failed)?.exit ?? exitCodes.ok;

const viewCheck = ({ name, level, message, fix }: Check): object => ({
  ...{ name, level, message },
  ...(fix === undefined ? {} : { fix }),
});

const marks = { ok: green('✔ '), warn: yellow('! '), fail: red('✖ '), skip: dim('- ') } as const;

const printCheck = (output: Output, { name, level, message, fix }: Check): void => {
  const [first = '', ...more] = message.split('\n');
  output.data(marks[level], name.padEnd(12), '  ', first);
  for (const line of more) output.data(' '.repeat(16), line);
  if (fix !== undefined && fix !== '') output.data(' '.repeat(16), `fix: ${fix}`);
};

const printSum = (output: Output, checks: readonly Check[]): void => {
  const count = (level: Check['level']): number => checks.filter((check) => check.level === level).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  output.data(`${failures} ${pluralOf(failures, 'failure')}, ${warnings} ${pluralOf(warnings, 'warning')}`);
};
