import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

/** The newest 4.x. A nightly run sets `WAYBILL_TEST_KAFKA_VERSION` to a 3.9 as well. */
export const kafkaVersion = process.env['WAYBILL_TEST_KAFKA_VERSION'] ?? '4.4.0';

const pom = fileURLToPath(new URL('../../src/services/kafka/pom.xml', import.meta.url));
const folder = join(homedir(), '.cache', 'waybill', `kafka-${kafkaVersion}`);
const downloadMs = 500_000;

/** The folder of Kafka's jars, fetched by Maven where they are not there yet; else why they cannot be had. */
export const kafkaJars = async (): Promise<{ readonly folder: string } | { readonly reason: string }> => {
  if ((await listed(folder)).length > 0) return { folder };
  const java = await runCommand('java', ['-version'], { timeoutMs: 10_000 });
  if (java.code !== 0) return { reason: 'java is not installed (apt-get install openjdk-17-jre-headless)' };
  const maven = await runCommand('mvn', ['-v'], { timeoutMs: 20_000 });
  if (maven.code !== 0) return { reason: 'mvn is not installed (apt-get install maven)' };
  const arriving = `${folder}.${randomUUID()}`;
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${arriving}`];
  const got = await runCommand('mvn', ['-q', '-B', '-f', pom, `-Dkafka.version=${kafkaVersion}`, ...goal], {
    timeoutMs: downloadMs,
  });
  if (got.code !== 0)
    return { reason: `mvn could not fetch Kafka ${kafkaVersion}: ${got.output.slice(-400)}` };
  await moveUnlessThere(arriving);
  return { folder };
};

/** Test files run at the same time, and the first one to have them wins. */
const moveUnlessThere = async (arriving: string): Promise<void> => {
  try {
    await rename(arriving, folder);
  } catch (error) {
    await rm(arriving, { recursive: true, force: true });
    if ((await listed(folder)).length === 0) throw error;
  }
};

const listed = async (path: string): Promise<readonly string[]> => {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};
