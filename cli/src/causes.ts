import type { TaskRecord } from '@waybill/core';

/** Dead letters of one topic whose last error is the same but for ids and long numbers; a 404 is no 500. */
export interface Cause {
  readonly count: number;
  readonly topic: string;
  readonly class: string;
  readonly code: string;
  readonly message: string;
  /** When the last of them failed. */
  readonly lastAt: number;
  /** The id of that one. */
  readonly example: string;
}

/** What dead letters died of, the most frequent first. */
export const countCauses = async (letters: AsyncIterable<TaskRecord>): Promise<readonly Cause[]> => {
  const causes = new Map<string, Cause>();
  for await (const letter of letters) {
    const cause = causeOf(letter);
    const key = JSON.stringify([cause.topic, cause.class, cause.code, cause.message]);
    const known = causes.get(key);
    const latest = known === undefined || cause.lastAt > known.lastAt ? cause : known;
    causes.set(key, { ...latest, count: (known?.count ?? 0) + 1 });
  }
  return [...causes.values()].toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt);
};

const causeOf = ({ id, topic, failures = [], submittedAt, finishedAt }: TaskRecord): Cause => {
  const last = failures.at(-1);
  return {
    count: 1,
    topic,
    class: last?.class ?? 'unknown',
    code: last?.code ?? 'unknown',
    message: last === undefined ? '' : withoutParticulars(last.message),
    lastAt: last?.failedAt ?? finishedAt ?? submittedAt,
    example: id,
  };
};

const longest = 200;

const withoutParticulars = (message: string): string =>
  message
    .slice(0, longest)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replaceAll(/\d{4,}/g, 'N');
