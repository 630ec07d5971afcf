import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWaybill, sqlitePorts } from './contenders/waybill.ts';
import { quantiles } from './scenarios.ts';

/**
 * From the call of submit in one process to the beginning of the handler in another one, which is idle. The
 * monotonic clock is the machine's, so that the two can be compared.
 */
export const measureOtherProcess = async (
  folder: string,
  synchronous: 'full' | 'normal',
  scale: number,
): Promise<Record<string, number>> => {
  const producer = await openWaybill(await sqlitePorts(folder, synchronous));
  const worker = fork(import.meta.filename, [folder, synchronous], {
    execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
  });
  const started = new Map<number, (at: bigint) => void>();
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (message: { readonly ready?: true; readonly n?: number; readonly at?: string }) => {
      if (message.ready === true) resolve();
      else started.get(message.n ?? -1)?.(BigInt(message.at ?? 0));
    });
  });
  await ready;
  await sleep(500);
  const took: number[] = [];
  for (let n = 0; n < 200 * scale; n++) {
    const begun = new Promise<bigint>((resolve) => started.set(n, resolve));
    const from = process.hrtime.bigint();
    await producer.submit?.(n);
    took.push(Number((await begun) - from) / 1e6);
    await sleep(4);
  }
  worker.kill('SIGKILL');
  await producer.close();
  return quantiles(took);
};

if (process.argv[1] === import.meta.filename) {
  const [folder = '', synchronous] = process.argv.slice(2);
  const contender = await openWaybill(await sqlitePorts(folder, synchronous === 'full' ? 'full' : 'normal'));
  contender.onStart = (n) => process.send?.({ n, at: String(process.hrtime.bigint()) });
  await contender.startWorkers?.({ concurrency: 10, document: false });
  process.send?.({ ready: true });
}
