import type { Waybill } from '@waybill/core';
import type { Story } from './story.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What one audit needs while its tasks run. The tenant keeps it apart from every other audit of the deployment. */
export interface Run {
  readonly waybill: Waybill;
  readonly workers: readonly WorkerProcess[];
  readonly story: Story;
  readonly signal: AbortSignal;
  /** The folder of the notices. */
  readonly notices: string;
  readonly tenant: string;
}
