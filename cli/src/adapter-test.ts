import type { CaseReport } from '@waybill/testing';
import { type ChoiceOptions, chooseAdapters } from './adapter-choices.ts';
import type { Action } from './call.ts';
import { configuredHarnesses } from './configured-harnesses.ts';
import { exitCodes } from './exit-code.ts';
import { loadKit } from './load-kit.ts';
import type { Output } from './output.ts';
import { withScratchFolder } from './scratch.ts';
import { dim, green, red } from './styled.ts';

/** Runs the published conformance kit, each case in a place of its own beside what the backend holds. */
export const testAdapter: Action<ChoiceOptions> = async (invocation, call) => {
  const { output } = invocation;
  const kit = await loadKit();
  const choices = await chooseAdapters(invocation, call);
  await choices.load(); // what is wrong with the config is said before anything is opened
  const report = await withScratchFolder(async (folder) => {
    const suites = await kit.openSuites(configuredHarnesses(kit, choices, folder), choices.ports);
    const [first, ...others] = suites;
    if (first === undefined) throw new Error('a technology without a port');
    return kit.run([first, ...others], (each) => tell(output, each));
  });
  if (output.json) output.document(report);
  else {
    output.data(
      `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped: ${report.server}`,
    );
    if (report.failed > 0)
      output.next('what each case asks for: the doc comment of the port in @waybill/core');
  }
  return report.failed === 0 ? exitCodes.ok : exitCodes['task-failed'];
};

const marks = { passed: green('✔ '), failed: red('✖ '), skipped: dim('- ') } as const;

const tell = (output: Output, { id, promise, result, reason }: CaseReport): void => {
  if (output.json) return;
  output.data(marks[result], `${id}  ${promise}`);
  if (reason === undefined) return;
  const [first = '', ...more] = reason.split('\n');
  for (const line of [`${result}: ${first}`, ...more]) output.data(`    ${line}`);
};
