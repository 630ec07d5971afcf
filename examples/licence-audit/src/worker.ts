/** One worker process: works on the deployment of the config it is given until whoever started it lets go. */
import { once } from 'node:events';
import { hostname } from 'node:os';
import { openWaybill } from '@waybill/core';
import { startWorker } from '@waybill/workers';

const [file = 'waybill.config.ts'] = process.argv.slice(2);
// The terminal tells the whole group of an interrupt; what follows from it is for the main process to say.
process.on('SIGINT', () => undefined);
const letGo = Promise.race([once(process, 'disconnect'), once(process, 'SIGTERM')]);

const { waybill } = await openWaybill({ file });
const worker = await startWorker(waybill, {
  host: hostname(),
  pid: process.pid,
  shutdownMs: 2_000,
});
process.send?.({ workerId: worker.id });

await letGo;
await worker.stop();
await waybill.close();
