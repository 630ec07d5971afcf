import { join } from 'node:path';
import {
  type ConfigInput,
  createWaybill,
  type EngineLog,
  type PointName,
  type Points,
  type Waybill,
} from '@waybill/core';
import type { Section } from './technologies.ts';
import { FileAgent } from './workload/file-agent.ts';
import { collectionsOf, workloadOn } from './workload/plugin.ts';

/** What the processes of one run share. Plain JSON: it is handed to child processes. */
export interface Deployment {
  readonly folder: string;
  readonly sections: Readonly<Record<'store' | 'broker' | 'channel', Section>>;
  /** Attempts of a task before it fails for good; a crash costs one. */
  readonly attempts: number;
}

/** Short enough for many recoveries a minute, long enough for a busy machine to keep a living lease alive. */
export const leaseMs = 600;
const sweepMs = 100;

export const agentOf = ({ folder }: Deployment): FileAgent => new FileAgent(join(folder, 'agent'));

export interface Opening {
  readonly points?: Points;
  /** It does not know the topic and the effects of the workload, as one of an older version. */
  readonly isStranger?: boolean;
}

/** This process's view of the deployment. What goes wrong in the background is said on stderr. */
export const openDeployment = (
  deployment: Deployment,
  { points, isStranger = false }: Opening = {},
): Promise<Waybill> => {
  const config: ConfigInput = {
    ...deployment.sections,
    lease: { durationMs: leaseMs, sweepMs },
    retry: { attempts: deployment.attempts, minDelayMs: 20, maxDelayMs: 200 },
  };
  const workload = workloadOn(agentOf(deployment));
  return createWaybill(
    { config },
    {
      plugins: [isStranger ? collectionsOf(workload) : workload],
      env: {},
      log,
      ...(points === undefined ? {} : { points }),
    },
  );
};

const log: EngineLog = (level, event, fields) => {
  if (level === 'warn' || level === 'error')
    process.stderr.write(`${process.pid} ${level} ${event} ${JSON.stringify(fields)}\n`);
};

/** Kills this process at the n-th time that it comes by, once it is armed. */
export class Trap implements Points {
  readonly #point: PointName;
  readonly #hit: number;
  #hits = 0;
  #armed = false;

  constructor(point: PointName, hit: number) {
    this.#point = point;
    this.#hit = hit;
  }

  arm(): void {
    this.#armed = true;
  }

  reach(point: PointName): void {
    if (!this.#armed || point !== this.#point || ++this.#hits < this.#hit) return;
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // the signal may take a moment
  }
}
