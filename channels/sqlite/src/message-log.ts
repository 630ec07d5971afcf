import type { Arrived, Json, SubjectPattern } from '@waybill/core';
import type { Row, SqliteFile, Statement } from '@waybill/sqlite';
import type { Written } from './written.ts';

/** A message in the log. */
export interface Logged extends Written {
  readonly cursor: number;
}

export interface LogPage {
  readonly messages: readonly Logged[];
  /** Everything up to here has been seen. */
  readonly seen: number;
}

const columns = 'cursor, subject, "key", id, body, hint';

/** All messages in the order of their commits. What is called here is inside a read, snapshot or write. */
export class MessageLog {
  readonly #append: Statement;
  readonly #last: Statement;
  readonly #all: Statement;
  readonly #ofSubject: Statement;
  readonly #ofPattern: Statement;

  constructor(file: SqliteFile) {
    this.#append = file.prepare(
      'INSERT INTO waybill_message (subject, "key", id, body, hint, at) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#last = file.prepare('SELECT max(cursor) FROM waybill_message');
    const after = (where: string): Statement =>
      file.prepare(`SELECT ${columns} FROM waybill_message WHERE ${where} ORDER BY cursor LIMIT ?`);
    this.#all = after('cursor > ?');
    this.#ofSubject = after('cursor > ? AND subject = ?');
    this.#ofPattern = after('cursor > ? AND +subject GLOB ?');
  }

  append(messages: readonly Written[], at: number): void {
    for (const { subject, key, id, body, hint } of messages) {
      this.#append.run(subject, key, id, body, hint ? 1 : 0, at);
    }
  }

  /** The cursor of the newest message. */
  last(): number {
    return Number(this.#last.get()?.[0] ?? 0);
  }

  /** The next messages of any subject, hints among them. */
  after(cursor: number, limit: number): readonly Logged[] {
    return this.#all.all(cursor, limit).map(toLogged);
  }

  /** The next messages that match: fewer than `limit` only at the end of the log. Inside a snapshot or write. */
  matchingAfter(cursor: number, pattern: SubjectPattern, limit: number): LogPage {
    const last = this.last();
    const statement = pattern.isExact ? this.#ofSubject : this.#ofPattern;
    const messages: Logged[] = [];
    for (let seen = cursor; ; ) {
      const wanted = limit - messages.length;
      const rows = statement.all(seen, globOf(pattern), wanted).map(toLogged);
      messages.push(...rows.filter(({ subject }) => pattern.matches(subject)));
      if (rows.length < wanted) return { messages, seen: Math.max(cursor, last) };
      seen = rows.at(-1)?.cursor ?? seen;
      if (messages.length === limit) return { messages, seen };
    }
  }
}

/** For SQLite's GLOB: matches all that the pattern does, and maybe more. */
const globOf = ({ text }: SubjectPattern): string => text.replace(/>$/, '*');

/** Without a cursor for hints, which are never replayed. */
export const toArrived = ({ cursor, subject, key, id, body, hint }: Logged): Arrived => ({
  id,
  subject,
  ...(key !== null && { key }),
  body: JSON.parse(body) as Json, // what writeMessage made of one
  ...(hint ? { hint } : { cursor: String(cursor) }),
});

export const toLogged = ([cursor, subject, key, id, body, hint]: Row): Logged => ({
  cursor: Number(cursor),
  subject: String(subject),
  key: typeof key === 'string' ? key : null,
  id: String(id),
  body: String(body),
  hint: hint === 1,
});
