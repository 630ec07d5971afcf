import { z } from 'zod';
import type { Progress } from './held-partition.ts';

const progress = z.object({
  from: z.int(),
  next: z.int(),
  open: z.array(z.int()),
  out: z.array(z.tuple([z.int(), z.string()])),
});

const about = z.object({
  /** Makes each one different, as Kafka does not share out anew for a member with nothing new to say. */
  n: z.int(),
  /** The generation of the last share that it has heard of: of two who hold something, the later one is right. */
  since: z.int(),
  /** Partitions that it goes on with, by name. */
  keep: z.array(z.string()),
  /** Partitions that others may have, and how far they are. */
  offer: z.record(z.string(), progress),
  /** Topics of which it could use something now. */
  want: z.array(z.string()),
});

const share = z.object({
  /** What it holds from now on; how far the others were with what is new, where they have said so. */
  own: z.record(z.string(), progress.nullable()),
  /** What it holds and shall offer, as somebody else has none. */
  release: z.array(z.string()),
  members: z.array(z.string()),
});

/** What a member says of itself when it joins. */
export type About = z.output<typeof about>;
export type Share = z.output<typeof share>;

const topicOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));

export const toOffer = ({ from, next, open, out }: Progress): About['offer'][string] => ({
  from,
  next,
  open: [...open],
  out: out.map(([offset, holder]) => [offset, holder]),
});

export const toBuffer = (value: About | Share): Buffer => Buffer.from(JSON.stringify(value));
/** Undefined for what no member of ours has written. */
export const readAbout = (buffer: Buffer): About | undefined => about.safeParse(parse(buffer)).data;
export const readShare = (buffer: Buffer): Share | undefined => share.safeParse(parse(buffer)).data;

interface Member {
  readonly id: string;
  readonly about: About;
}

/**
 * Who holds which partition from now on. Nobody loses what he goes on with: of that, those who have more than their
 * part are asked to offer some, which takes effect the next time. What is on offer goes to those who want it and have
 * least.
 */
export const shareOut = (
  members: readonly Member[],
  partitions: readonly string[],
): ReadonlyMap<string, Share> => {
  const ids = members.map(({ id }) => id);
  const shares = new Map<string, Share>(ids.map((id) => [id, { own: {}, release: [], members: ids }]));
  const count = new Map<string, number>();
  const give = (id: string, name: string, far: Progress | null): void => {
    const own = shares.get(id)?.own;
    if (own !== undefined) own[name] = far as Share['own'][string]; // only the array types differ
    const key = `${id} ${topicOf(name)}`;
    count.set(key, (count.get(key) ?? 0) + 1);
  };
  const kept = new Map<string, string>();
  const latest = members.toSorted((a, b) => b.about.since - a.about.since);
  for (const { id, about: said } of latest)
    for (const name of said.keep) if (!kept.has(name)) kept.set(name, id);
  for (const name of partitions) {
    const keeper = kept.get(name);
    if (keeper !== undefined) give(keeper, name, null);
  }
  const held = (id: string, topic: string): number => count.get(`${id} ${topic}`) ?? 0;
  for (const name of partitions) {
    if (kept.has(name)) continue;
    const offerer = latest.find(({ about: said }) => Object.hasOwn(said.offer, name));
    const wanting = members.filter(({ about: said }) => said.want.includes(topicOf(name)));
    const candidates = wanting.length > 0 ? wanting : offerer === undefined ? members : [offerer];
    const [taker] = candidates.toSorted((a, b) => held(a.id, topicOf(name)) - held(b.id, topicOf(name)));
    if (taker !== undefined) give(taker.id, name, offerer?.about.offer[name] ?? null);
  }
  for (const topic of new Set(partitions.map(topicOf))) release(topic, members, shares, held);
  return shares;
};

/** One partition for each member that wants some and has none, from those who have most. */
const release = (
  topic: string,
  members: readonly Member[],
  shares: ReadonlyMap<string, Share>,
  held: (id: string, topic: string) => number,
): void => {
  const left = new Map(members.map(({ id }) => [id, held(id, topic)]));
  const wanting = members.filter(({ about: said }) => said.want.includes(topic));
  for (;;) {
    const [richest] = [...left].toSorted(([, a], [, b]) => b - a);
    const [poorest] = wanting.toSorted((a, b) => (left.get(a.id) ?? 0) - (left.get(b.id) ?? 0));
    if (richest === undefined || poorest === undefined) return;
    const [id, most] = richest;
    if (most - (left.get(poorest.id) ?? 0) < 2) return;
    const share = shares.get(id);
    const name = Object.keys(share?.own ?? {}).find(
      (each) => topicOf(each) === topic && share?.release.includes(each) === false,
    );
    if (share === undefined || name === undefined) return;
    share.release.push(name);
    left.set(id, most - 1);
    left.set(poorest.id, (left.get(poorest.id) ?? 0) + 1);
  }
};

const parse = (buffer: Buffer): unknown => {
  try {
    return JSON.parse(buffer.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
