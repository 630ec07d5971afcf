import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Contender, OpenContender, Usage } from '../contender.ts';
import { type Tier, urlOf } from './servers.ts';

/** A contender on a server that was emptied for it, where it has worked off one task, and which tells what it has used. */
export const onRedis =
  (tier: Tier, open: (url: string) => Promise<Contender>): OpenContender =>
  async (folder) => {
    const url = urlOf(tier);
    const admin = new Redis(url);
    if (await empty(admin, folder)) await workOffOne(await open(url));
    const contender = await open(url);
    const { close } = contender;
    contender.usage = () => usageOf(admin);
    contender.close = async () => {
      await close();
      admin.disconnect();
    };
    return contender;
  };

/** Once for each measurement: a second process of it finds what the first one has put there. */
const empty = async (admin: Redis, folder: string): Promise<boolean> => {
  const mark = join(folder, 'emptied');
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  await admin.flushall('SYNC');
  await admin.call('SCRIPT', 'FLUSH', 'SYNC');
  return true;
};

/** What a contender declares, learns or loads when it first works is not what is measured. */
const workOffOne = async (contender: Contender): Promise<void> => {
  await contender.startWorkers?.({ concurrency: 1, document: false });
  await contender.submitMany?.(0, 1);
  await contender.ended?.(1);
  await contender.close();
};

const usageOf = async (admin: Redis): Promise<Usage> => {
  const info = await admin.info('everything');
  const value = (name: string): number => Number(new RegExp(`^${name}:(.*)\r$`, 'm').exec(info)?.[1]);
  const calls = [...info.matchAll(/^cmdstat_[^:]*:calls=(\d+)/gm)];
  return {
    bytes: value('used_memory'),
    commands: calls.reduce((sum, [, count]) => sum + Number(count), 0),
    reads: value('total_reads_processed'),
    cpu: (value('used_cpu_user_main_thread') + value('used_cpu_sys_main_thread')) * 1e6,
  };
};
