import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWaybill, loadConfig } from '@waybill/core';
import { Accident } from './accident.ts';
import { auditProject } from './audit-project.ts';
import { type Findings, readFindings } from './findings.ts';
import { splitInstalled } from './installed-packages.ts';
import { type LockFile, readLockFile } from './lock-file.ts';
import { defaultConfig, type Options } from './options.ts';
import { report } from './report.ts';
import type { Run } from './run.ts';
import { sbomOf } from './sbom.ts';
import type { Story } from './story.ts';
import { watchTasks } from './watch-tasks.ts';
import { WorkerProcess } from './worker-process.ts';
import { takenBackFile } from './write-notice.ts';

/** One audit from the lock file to the SBOM, on two worker processes. Ends early when the signal aborts. */
export const audit = async (options: Options, story: Story, signal: AbortSignal): Promise<Findings> => {
  const lock = await readLockFile(options.lockFile);
  const notices = noticesOf(options);
  // Whatever is wrong with the config is told before anything is cleared.
  await loadConfig({ cwd: process.cwd(), env: process.env, file: options.config });
  await startAfresh(options, notices);
  const waybill = await createWaybill({ file: options.config });
  const workers: WorkerProcess[] = [];
  try {
    for (const name of ['A', 'B']) workers.push(await WorkerProcess.start(name, options.config));
    introduce(story, lock, workers);
    const run = { waybill, workers, story, signal, notices, tenant: `audit-${randomUUID()}` };
    await runTasks(run, options);
    const findings = await readFindings(waybill, run.tenant);
    story.say(...report(findings, await readTakenBack(notices)));
    await writeFile(options.sbom, sbomOf(lock, findings.audited));
    return findings;
  } finally {
    story.endProgress();
    await Promise.all(workers.map((worker) => worker.stop()));
    await waybill.close();
  }
};

/** In a folder that is ours alone, since it is deleted at the next start. */
const noticesOf = ({ sbom }: Options): string => join(dirname(sbom), 'licence-notices');

/** A former run may have been killed: its tasks would go on, and its notices and SBOM would pass for this one's. */
const startAfresh = async ({ sbom, config }: Options, notices: string): Promise<void> => {
  const database = fileURLToPath(new URL('../out/waybill.db', import.meta.url));
  // Another deployment is not ours to clear; there each audit has its own tenant to itself.
  const files =
    config === defaultConfig ? ['', '-wal', '-shm', '-bell'].map((end) => `${database}${end}`) : [];
  for (const path of [...files, notices, sbom]) await rm(path, { recursive: true, force: true });
  await mkdir(dirname(sbom), { recursive: true });
  await mkdir(dirname(database), { recursive: true });
};

const introduce = (story: Story, lock: LockFile, workers: readonly WorkerProcess[]): void => {
  const { installed, skipped } = splitInstalled(lock);
  const processes = workers.map(({ name, pid }) => `${name} (process ${pid})`).join(' and ');
  story.say(`Licence audit of ${lock.root.name}`, `  ${lock.file}`);
  const absent = skipped.length === 0 ? '' : `; ${skipped.length} in the lock file rightly are not:`;
  story.say(`  ${installed.length} packages are installed${absent}`);
  for (const why of new Set(skipped.map((each) => each.why))) {
    story.say(`    ${skipped.filter((each) => each.why === why).length} ${why}`);
  }
  story.say(`  workers ${processes}`, '');
};

const runTasks = async (run: Run, { lockFile, demo }: Options): Promise<void> => {
  const { waybill, workers, story, signal, notices, tenant } = run;
  const project = await waybill.submit(auditProject, { lockFile, notices, rehearse: demo }, { tenant });
  const { packages: total } = await project.result({ signal });
  story.tell(`audit.project has submitted ${total} tasks in its own commit`);
  const accident = demo ? new Accident(run) : undefined;
  for await (const look of watchTasks(waybill, { tenant, total, signal })) {
    story.progress(look.done, total);
    if (!workers.some((worker) => worker.isRunning)) throw new Error('no worker process is running any more');
    await accident?.go(look);
  }
  accident?.end();
  story.tell(`all ${total} tasks are over`);
};

const readTakenBack = async (notices: string): Promise<readonly string[]> => {
  const text = await readFile(join(notices, takenBackFile), 'utf8').catch(() => ''); // nothing was taken back
  return text.split('\n').flatMap((line) => (line === '' ? [] : [relative(dirname(notices), line)]));
};
