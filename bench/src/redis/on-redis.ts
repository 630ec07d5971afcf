import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Contender, OpenContender, Usage } from '../contender.ts';
import { type Tier, urlOf } from './servers.ts';

/** A contender on a server that was emptied for it, and which tells what it has used. */
export const onRedis =
  (tier: Tier, open: (url: string) => Promise<Contender>): OpenContender =>
  async (folder) => {
    const url = urlOf(tier);
    const admin = new Redis(url);
    await empty(admin, folder);
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
const empty = async (admin: Redis, folder: string): Promise<void> => {
  const mark = join(folder, 'emptied');
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  await admin.flushall('SYNC');
  await admin.call('SCRIPT', 'FLUSH', 'SYNC');
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
