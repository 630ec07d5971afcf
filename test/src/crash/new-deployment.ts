import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from './deployment.ts';
import { sectionOf } from './technologies.ts';

export interface Technologies {
  readonly store: string;
  readonly broker: string;
  readonly channel: string;
}

/** A deployment of its own for one run. */
export const newDeployment = async (
  { store, broker, channel }: Technologies,
  attempts: number,
): Promise<Deployment> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-crash-'));
  const sections = {
    store: sectionOf(store, { folder }, 'store'),
    broker: sectionOf(broker, { folder }, 'broker'),
    channel: sectionOf(channel, { folder }, 'channel'),
  };
  return { folder, sections, attempts };
};

/** Removes the files of a run in which nothing was wrong; keeps the others, to be looked at. */
export const tidyUp = async ({ folder }: Deployment, violations: readonly string[]): Promise<void> => {
  if (violations.length === 0) await rm(folder, { recursive: true });
};
