// `npm run conformance -- <technology|module> [--json] [--port store|broker|channel]`: tries every promise of the
// ports on the adapters of one technology. Runs on the sources, without a build:
// `node --conditions=@waybill/source scripts/conformance.ts`.
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { PortName } from '@waybill/core';
import { type CaseReport, type Harnesses, openSuites, run } from '@waybill/testing';

const folder = new URL('../test/src/harness/', import.meta.url);
const ports: readonly PortName[] = ['store', 'broker', 'channel'];

interface Wanted {
  readonly technology: string;
  readonly ports: readonly PortName[];
  readonly json: boolean;
}

/** Each technology is one file; the machinery of the folder is `harnesses.ts` and what has a hyphen. */
const known = (): string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.[jt]s$/, ''))
    .filter((name) => name !== 'harnesses' && !/[-.]/.test(name))
    .sort();

const usage = (problem: string): never => {
  console.error(`${problem}

usage: npm run conformance -- <technology> [--json] [--port store|broker|channel]

  <technology>  ${known().join(', ')}; or the path of a module that exports \`harnesses\`
  --port        only this port; may be repeated
  --json        print one JSON object: technology, server, cases, passed, failed, skipped

Exit codes: 0 every case passed or was skipped, 1 a case failed, 2 wrong usage.`);
  process.exit(2);
};

const isPort = (text: string): text is PortName => ports.some((port) => port === text);

const parse = (): Wanted => {
  const options = { json: { type: 'boolean' }, port: { type: 'string', multiple: true } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [technology, ...more] = positionals;
    if (technology === undefined) return usage('which technology?');
    if (more.length > 0) return usage(`one technology at a time, not also ${more.join(' ')}`);
    const asked = values.port ?? [...ports];
    const wrong = asked.find((port) => !isPort(port));
    if (wrong !== undefined) return usage(`there is no port ${wrong}`);
    return { technology, ports: asked.filter(isPort), json: values.json ?? false };
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
};

const loadHarnesses = async (technology: string): Promise<Harnesses> => {
  const path = /[./\\]/.test(technology) ? resolve(technology) : undefined;
  if (path !== undefined && !existsSync(path)) usage(`there is no module ${path}`);
  if (path === undefined && !known().includes(technology)) usage(`there is no technology ${technology}`);
  const url = path === undefined ? new URL(`${technology}.ts`, folder) : pathToFileURL(path);
  const module: { harnesses?: Harnesses; default?: Harnesses } = await import(url.href);
  return module.harnesses ?? module.default ?? usage(`${technology} exports no \`harnesses\``);
};

const print = ({ id, promise, result, reason }: CaseReport): void => {
  const sign = { passed: '✓', failed: '✗', skipped: '↓' }[result];
  console.log(
    `${sign} ${id} ${promise}${reason === undefined ? '' : `\n    ${result}: ${reason.replace(/\n/g, '\n    ')}`}`,
  );
};

const wanted = parse();
const harnesses = await loadHarnesses(wanted.technology);
const [first, ...more] = await openSuites(harnesses, wanted.ports);
if (first === undefined) usage(`${harnesses.technology} has no adapter for ${wanted.ports.join(' or ')}`);
else {
  try {
    const report = await run([first, ...more], wanted.json ? undefined : print);
    if (wanted.json) console.log(JSON.stringify(report, null, 2));
    else {
      const { technology, server, passed, failed, skipped } = report;
      console.log(`\n${technology} (${server}): ${passed} passed, ${failed} failed, ${skipped} skipped`);
    }
    process.exitCode = report.failed > 0 ? 1 : 0;
  } finally {
    for (const opened of [first, ...more]) await opened.dispose();
  }
}
