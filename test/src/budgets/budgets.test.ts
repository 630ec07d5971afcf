import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import type { DocumentStore, Ports } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { openSqliteStore } from '@waybill/store-sqlite';
import { expect, it } from 'vitest';
import { makeQuickFolder } from '../models/quick-folder.ts';
import { type Budget, budgets, rowOf } from './budgets.fixture.ts';
import { countCalls } from './calls.fixture.ts';
import { type Deployment, openDeployment } from './load.fixture.ts';
import { countStatements } from './statements.fixture.ts';

/** Enough of them for a share of a commit to show. */
const tasksOf = ({ atOnce }: Budget): number => (atOnce === 1 ? 300 : 1_000);
/** What a sweep, a heartbeat or a timer that comes late adds to so many tasks. */
const slack = 1.25;
const few = 0.02;
const within = (budget: number): number => budget * slack + few;

const portsWith = (store: DocumentStore): Ports => ({
  store,
  broker: new MemoryBroker(),
  channel: new MemoryChannel(),
});

/** What `measure` answers, for each task; the first ones are not looked at. */
const perTask = async (
  ports: Ports,
  budget: Budget,
  measure: (work: () => Promise<void>) => Promise<Readonly<Record<string, number>>>,
): Promise<Record<string, number>> => {
  const { task, atOnce } = budget;
  const tasks = tasksOf(budget);
  const deployment: Deployment = await openDeployment(ports);
  await deployment.run(task, 100, atOnce);
  const measured = await measure(() => deployment.run(task, tasks, atOnce));
  await deployment.close();
  return Object.fromEntries(Object.entries(measured).map(([name, count]) => [name, count / tasks]));
};

it.each(budgets)(
  'a task to $task something, $atOnce at once, calls the ports as often as published',
  async (budget) => {
    const { ports, measure } = countCalls(portsWith(new MemoryStore()));
    const { commits = 0, reads = 0, broker = 0, channel = 0 } = await perTask(ports, budget, measure);
    expect(commits).toBeLessThanOrEqual(within(budget.commits));
    expect(reads).toBeLessThanOrEqual(within(budget.reads));
    expect(broker).toBeLessThanOrEqual(within(budget.broker));
    expect(channel).toBe(0);
    // A budget that is far from the truth says nothing.
    expect(within(commits)).toBeGreaterThanOrEqual(budget.commits);
    expect(within(reads)).toBeGreaterThanOrEqual(budget.reads);
  },
);

it.each(budgets)(
  'a task to $task something, $atOnce at once, costs SQLite as much as published',
  { timeout: 60_000 },
  async (budget) => {
    const folder = await makeQuickFolder();
    const store = await openSqliteStore({ file: join(folder, 'waybill.db'), synchronous: 'full' });
    const { writes = 0, others = 0 } = await perTask(portsWith(store), budget, countStatements);
    await rm(folder, { recursive: true });
    expect(writes).toBeLessThanOrEqual(within(budget.fsyncs));
    expect(others).toBeLessThanOrEqual(within(budget.statements));
    expect(within(writes)).toBeGreaterThanOrEqual(budget.fsyncs);
    expect(within(others)).toBeGreaterThanOrEqual(budget.statements);
  },
);

it('the budgets are published', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/performance.md'), 'utf8');
  for (const budget of budgets) expect(page).toContain(rowOf(budget));
});
