import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortName } from '@waybill/core';
import type { Deployment } from './deployment.ts';
import type { Servers } from './servers.ts';
import { type Section, technologyNamed } from './technologies.ts';

export interface Technologies {
  readonly store: string;
  readonly broker: string;
  readonly channel: string;
}

/** A deployment of its own for one run. */
export const newDeployment = async (
  { store, broker, channel }: Technologies,
  servers: Servers,
  attempts: number,
): Promise<Deployment> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-crash-'));
  const sectionOf = (technology: string, port: PortName): Section =>
    technologyNamed(technology).section({ folder, url: servers.urlOf(technology) }, port);
  const sections = {
    store: sectionOf(store, 'store'),
    broker: sectionOf(broker, 'broker'),
    channel: sectionOf(channel, 'channel'),
  };
  return { folder, sections, attempts };
};

/** Removes the files of a run in which nothing was wrong; keeps the others, to be looked at. */
export const tidyUp = async ({ folder }: Deployment, violations: readonly string[]): Promise<void> => {
  if (violations.length === 0) await rm(folder, { recursive: true });
};
