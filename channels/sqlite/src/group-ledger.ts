import type { SubjectPattern } from '@waybill/core';
import type { SqliteFile, Statement } from '@waybill/sqlite';
import { type Logged, type MessageLog, toLogged } from './message-log.ts';

export interface Group {
  readonly id: number;
  readonly pattern: SubjectPattern;
}

export interface Taking {
  readonly listener: number;
  readonly max: number;
  /** Hints up to here are older than the subscription. */
  readonly hintsAfter: number;
  readonly now: number;
}

/** How a message that was taken ends: settled for good, or free again from `notBefore` on. */
export interface Ending {
  readonly group: number;
  readonly listener: number;
  readonly cursor: number;
  readonly notBefore?: number;
  /** Whether others can go on after it, who should be woken. */
  readonly frees: boolean;
}

/** Messages that wait for an earlier one of their subject and key. With more the group waits as a whole. */
const mostHeld = 1_000;

/**
 * What each group has passed in the log, and which of that is not settled: lent to a listener, or waiting for its
 * turn. Of one subject and key only the first unsettled message can be taken. For use inside a write.
 */
export class GroupLedger {
  readonly #log: MessageLog;
  readonly #sql: ReturnType<typeof prepareAll>;

  constructor(file: SqliteFile, log: MessageLog) {
    this.#log = log;
    this.#sql = prepareAll(file);
  }

  /** The group, which begins after the newest message if this is its first subscription. */
  open(name: string, pattern: SubjectPattern): Group {
    const found =
      this.#sql.find.get(name, pattern.text) ?? this.#sql.create.get(name, pattern.text, this.#log.last());
    return { id: Number(found?.[0]), pattern };
  }

  /** Whether there may be something to take. Nothing up to `scanned` is new. A snapshot is enough. */
  look(
    group: Group,
    scanned: number,
    now: number,
  ): { readonly isWaiting: boolean; readonly scanned: number } {
    const freeAt = this.freeAt(group);
    if (freeAt !== undefined && freeAt <= now) return { isWaiting: true, scanned };
    const { messages, seen } = this.#log.matchingAfter(
      Math.max(scanned, this.#passed(group)),
      group.pattern,
      1,
    );
    const [first] = messages;
    return first === undefined
      ? { isWaiting: false, scanned: seen }
      : { isWaiting: true, scanned: first.cursor - 1 };
  }

  /** When the next message that was given back may be taken: in the past if one may be now. */
  freeAt(group: Group): number | undefined {
    const at = this.#sql.freeAt.get(group.id)?.[0];
    return at === null || at === undefined ? undefined : Number(at);
  }

  /** Takes the next messages: given back ones, and new ones. */
  take(group: Group, taking: Taking): Logged[] {
    const { listener, max, now } = taking;
    const again = this.#sql.free.all(group.id, now, max).map(toLogged);
    for (const { cursor } of again) this.#sql.lend.run(listener, group.id, cursor);
    if (again.length >= max) return again;
    return [...again, ...this.#takeNew(group, { ...taking, max: max - again.length })];
  }

  end({ group, listener, cursor, notBefore }: Ending): void {
    if (notBefore === undefined) this.#sql.settle.run(group, cursor, listener);
    else this.#sql.giveBack.run(notBefore, group, cursor, listener);
  }

  #takeNew(group: Group, taking: Taking): Logged[] {
    let from = this.#passed(group);
    for (;;) {
      const { taken, passed } = this.#passOn(group, from, taking);
      if (passed > from) this.#sql.pass.run(passed, group.id);
      if (taken.length > 0 || passed === from) return taken;
      from = passed;
    }
  }

  #passOn(group: Group, from: number, { listener, max, hintsAfter, now }: Taking): Passed {
    const { messages, seen } = this.#log.matchingAfter(from, group.pattern, max);
    const taken: Logged[] = [];
    let passed = from;
    for (const message of messages) {
      const lane = laneOf(message);
      const isTurn = lane === null || this.#sql.inLane.get(group.id, lane) === undefined;
      if (!isTurn && this.#isFull(group)) return { taken, passed };
      passed = message.cursor;
      if (message.hint && message.cursor <= hintsAfter) continue;
      if (!message.hint) this.#sql.hold.run(group.id, message.cursor, lane, isTurn ? listener : null, now);
      if (isTurn) taken.push(message);
    }
    return { taken, passed: seen };
  }

  #passed({ id }: Group): number {
    return Number(this.#sql.passed.get(id)?.[0] ?? 0);
  }

  #isFull({ id }: Group): boolean {
    return Number(this.#sql.count.get(id)?.[0]) >= mostHeld;
  }
}

interface Passed {
  readonly taken: Logged[];
  readonly passed: number;
}

/** What keeps its order: one subject and key. A hint is not worth waiting for. */
export const laneOf = ({ subject, key, hint }: Logged): string | null =>
  key === null || hint ? null : `${subject} ${key}`;

const firstOfLane = `(h.lane IS NULL OR NOT EXISTS (
  SELECT 1 FROM waybill_held p WHERE p."group" = h."group" AND p.lane = h.lane AND p.cursor < h.cursor))`;

const prepareAll = (file: SqliteFile): Record<StatementName, Statement> => ({
  find: file.prepare('SELECT id FROM waybill_group WHERE name = ? AND subject = ?'),
  create: file.prepare('INSERT INTO waybill_group (name, subject, passed) VALUES (?, ?, ?) RETURNING id'),
  passed: file.prepare('SELECT passed FROM waybill_group WHERE id = ?'),
  pass: file.prepare('UPDATE waybill_group SET passed = ? WHERE id = ?'),
  hold: file.prepare('INSERT INTO waybill_held VALUES (?, ?, ?, ?, ?)'),
  inLane: file.prepare('SELECT 1 FROM waybill_held WHERE "group" = ? AND lane = ? LIMIT 1'),
  count: file.prepare('SELECT count(*) FROM waybill_held WHERE "group" = ?'),
  free: file.prepare(
    `SELECT m.cursor, m.subject, m."key", m.id, m.body, m.hint
     FROM waybill_held h JOIN waybill_message m ON m.cursor = h.cursor
     WHERE h."group" = ? AND h.listener IS NULL AND h.notBefore <= ? AND ${firstOfLane}
     ORDER BY h.cursor LIMIT ?`,
  ),
  freeAt: file.prepare(
    `SELECT min(h.notBefore) FROM waybill_held h
     WHERE h."group" = ? AND h.listener IS NULL AND ${firstOfLane}`,
  ),
  lend: file.prepare('UPDATE waybill_held SET listener = ? WHERE "group" = ? AND cursor = ?'),
  settle: file.prepare('DELETE FROM waybill_held WHERE "group" = ? AND cursor = ? AND listener = ?'),
  giveBack: file.prepare(
    'UPDATE waybill_held SET listener = NULL, notBefore = ? WHERE "group" = ? AND cursor = ? AND listener = ?',
  ),
});

type StatementName =
  | 'find'
  | 'create'
  | 'passed'
  | 'pass'
  | 'hold'
  | 'inLane'
  | 'count'
  | 'free'
  | 'freeAt'
  | 'lend'
  | 'settle'
  | 'giveBack';
