import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileAgent } from './file-agent.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('doing twice is doing once', () => {
  const agent = new FileAgent(folder);
  expect([agent.do('k'), agent.do('k')]).toEqual(['done', 'done']);
  expect(agent.keysOn()).toEqual(['k']);
});

it('what was undone is off, and is never done again', () => {
  const agent = new FileAgent(folder);
  agent.do('k');
  agent.undo('k');
  agent.undo('early');
  const another = new FileAgent(folder);
  expect([another.do('k'), another.do('early')]).toEqual(['refused', 'refused']);
  expect(another.keysOn()).toEqual([]);
});

it('refuses as often as it was asked to, and leaves no drafts', () => {
  const agent = new FileAgent(folder);
  expect([agent.refuses('k', 1), agent.refuses('k', 1), agent.refuses('k', 0)]).toEqual([true, false, false]);
  expect(readdirSync(folder)).toEqual(['k-refusal-1']);
});
