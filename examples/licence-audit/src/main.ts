/** Exit codes: 0 the audit is done, 1 it failed, 2 it cannot begin as asked, 130 it was interrupted. */
import { relative } from 'node:path';
import { isWaybillError } from '@waybill/core';
import { audit } from './audit.ts';
import { LockFileError } from './lock-file.ts';
import { type Options, parseOptions, UsageError, usage } from './options.ts';
import { Story } from './story.ts';

const run = async (options: Options, signal: AbortSignal): Promise<number> => {
  const story = new Story(process.stdout, process.stderr);
  const { audited, deadLetters } = await audit(options, story, signal);
  const sbom = relative(process.cwd(), options.sbom);
  story.say('', `SBOM: ${sbom} (CycloneDX 1.6, ${audited.length} components)`, `Done in ${story.elapsed}.`);
  return options.strict && deadLetters.length > 0 ? 1 : 0;
};

const main = async (): Promise<number> => {
  // npm runs scripts in the package's folder, and tells where it was called.
  const options = parseOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const interrupt = new AbortController();
  // Only once: whoever interrupts again wants out at once, and the workers go when this process is gone.
  process.once('SIGINT', () => interrupt.abort());
  // `npm start | head`: nobody reads any more.
  process.stdout.on('error', () => interrupt.abort());
  try {
    return await run(options, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write('interrupted\n');
    return 130;
  }
};

const explain = (error: unknown): number => {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}`);
  else if (error instanceof LockFileError) process.stderr.write(`${error.message}\n`);
  else if (isWaybillError(error))
    process.stderr.write(`${error.message}\n${error.fix === undefined ? '' : `fix: ${error.fix}\n`}`);
  else throw error;
  return isWaybillError(error) && error.code !== 'WB_CONFIG' ? 1 : 2;
};

process.exitCode = await main().catch(explain);
