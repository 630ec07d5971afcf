import type { Waybill } from '@waybill/core';
import { Worker, type WorkerOptions } from './worker.ts';

/** Starts working in this process on the deployment's tasks. Stop it before closing the Waybill. */
export const startWorker = async (waybill: Waybill, options: WorkerOptions = {}): Promise<Worker> => {
  const worker = new Worker(waybill.engine, options);
  await worker.start();
  return worker;
};
