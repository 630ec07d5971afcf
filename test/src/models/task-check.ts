import assert from 'node:assert/strict';
import { attemptOf, isOver, type TaskRecord } from '@waybill/core';
import type { Expected, TaskOracle } from './task-oracle.ts';
import { beginning, marks, type TaskWorld } from './task-world.fixture.ts';

/** Throws unless every task, its document and its effects are what the oracle says. */
export const checkTasks = async (oracle: TaskOracle, world: TaskWorld): Promise<void> => {
  assert.equal(world.ids.length, oracle.tasks.length, 'tasks in all');
  const { waybill } = world.node(0);
  for (const [n, expected] of oracle.tasks.entries()) {
    const id = world.idOf(n);
    const record = await waybill.find(id);
    assert.ok(record, `task${n} is lost`);
    assert.deepEqual(seen(record), stated(expected), `task${n}`);
    const mark = await waybill.documents(marks).get(id);
    assert.equal(mark?.value.commits ?? 0, expected.commits, `the commits of task${n}`);
    assert.equal(world.agent.onOf(id), expected.effects, `the effects of task${n} that are on`);
  }
};

const seen = (record: TaskRecord): object => ({
  phase: record.phase,
  mode: record.mode,
  epoch: record.epoch,
  verdict: record.mode === 'rollback' ? record.verdict : undefined,
  attempt: isRunning(record) ? attemptOf(record) : undefined,
  leaseUntil: record.phase === 'held' ? record.at - beginning : undefined,
  unknownMs: record.unknownMs ?? 0,
  isOver: record.finishedAt !== undefined,
});

const stated = (expected: Expected): object => ({
  phase: expected.phase,
  mode: expected.mode,
  epoch: expected.epoch,
  verdict: expected.mode === 'rollback' ? expected.verdict : undefined,
  attempt: isRunning(expected) ? expected.attempts : undefined,
  leaseUntil: expected.phase === 'held' ? expected.leaseUntil : undefined,
  unknownMs: expected.unknownMs,
  isOver: isOver(expected.phase),
});

const isRunning = ({ phase, mode }: Pick<TaskRecord, 'phase' | 'mode'>): boolean =>
  phase === 'held' && mode === 'run';
