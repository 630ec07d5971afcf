import { type SubjectPattern, subjectPattern } from '@waybill/core';
import type { TopicSpec } from '@waybill/kafka';
import type { KafkaChannelOptions } from './options.ts';

interface Route {
  readonly pattern: SubjectPattern;
  readonly topic: string;
}

const minuteMs = 60_000;

/** The topic of hints, and of the notes by which members of groups talk to each other. */
export const bellOf = ({ namespace }: Pick<KafkaChannelOptions, 'namespace'>): string => `${namespace}.hints`;

/** Which subjects are in which topic. */
export class Routes {
  readonly #routes: readonly Route[];
  /** All topics of messages. */
  readonly topics: readonly string[];

  constructor({ namespace, routes }: KafkaChannelOptions) {
    const own = routes.map(({ subjects, topic }) => ({
      pattern: subjectPattern(subjects),
      topic: `${namespace}.messages.${topic}`,
    }));
    this.#routes = [...own, { pattern: subjectPattern('>'), topic: `${namespace}.messages` }];
    this.topics = [...new Set(this.#routes.map(({ topic }) => topic))];
  }

  topicOf(subject: string): string {
    return this.#routes.find(({ pattern }) => pattern.matches(subject))?.topic ?? '';
  }

  /** Where messages may be that match: of a pattern, anywhere. */
  topicsOf({ isExact, text }: SubjectPattern): readonly string[] {
    return isExact ? [this.topicOf(text)] : this.topics;
  }
}

export const topicSpecs = (options: KafkaChannelOptions): readonly TopicSpec[] => {
  const { namespace, partitions, replication, keepMs, routes } = options;
  const spec = (name: string, count: number, settings: Record<string, string>): TopicSpec => ({
    name,
    partitions: count,
    replication,
    settings,
  });
  const kept = (ms: number): Record<string, string> => ({
    'cleanup.policy': 'delete',
    'retention.ms': String(ms),
  });
  const own = routes.map((route) =>
    spec(
      `${namespace}.messages.${route.topic}`,
      route.partitions ?? partitions,
      route.compact ? { 'cleanup.policy': 'compact' } : kept(route.keepMs ?? keepMs),
    ),
  );
  const names = new Set<string>();
  return [
    ...own.filter(({ name }) => !names.has(name) && names.add(name)),
    spec(`${namespace}.messages`, partitions, kept(keepMs)),
    spec(bellOf(options), 1, kept(10 * minuteMs)),
  ];
};
