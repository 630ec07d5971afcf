import type { Holdings } from './holdings.ts';
import type { KafkaClient, Position } from './kafka-client.ts';
import { nameOf } from './place-name.ts';
import { readNote } from './progress-note.ts';

export interface Topic {
  readonly name: string;
  readonly partitions: number;
}

/** How many wait in a topic: what this process knows of what it holds, and what others have committed. */
export const backlogOf = async <T>(
  { name: topic, partitions }: Topic,
  { client, groupId, holdings }: { client: KafkaClient; groupId: string; holdings: Holdings<T> },
): Promise<number> => {
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const [ends, starts, commits] = await Promise.all([
    client.offsets(places, 'end'),
    client.offsets(places, 'start'),
    client.committed(groupId, places),
  ]);
  const startOf = new Map(starts.map((each) => [nameOf(each), each.offset]));
  const commitOf = new Map(commits.map((each) => [nameOf(each), readNote(each)]));
  const between = (from: number, { offset, ...place }: Position): number =>
    Math.max(0, offset - Math.max(from, startOf.get(nameOf(place)) ?? 0));
  let backlog = 0;
  for (const end of ends) {
    const own = holdings.get(nameOf(end));
    if (own === undefined) {
      const far = commitOf.get(nameOf(end));
      backlog += between(far?.next ?? 0, end) + (far?.open.length ?? 0);
    } else {
      await holdings.caughtUp(own, end.offset);
      backlog += between(own.position, end) + own.waiting;
    }
  }
  return backlog;
};
