/** `worker.ts NAME FILE`: works until the process that started it lets go, or until it is killed. */
import { once } from 'node:events';
import { startWorker } from '@waybill/workers';
import { openDeployment } from './deployment.ts';

const [, , , file = 'waybill.db'] = process.argv;
const letGo = once(process, 'disconnect');
const waybill = await openDeployment(file);
const worker = await startWorker(waybill);

await letGo;
await worker.stop();
await waybill.close();
