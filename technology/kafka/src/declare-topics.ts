import type { Finding } from '@waybill/core';
import type { KafkaClient, TopicFacts, TopicSpec } from './kafka-client.ts';

/** How many partitions each topic has, made where there was none. What exists is left as it is. */
export const declareTopics = async (
  client: KafkaClient,
  specs: readonly TopicSpec[],
): Promise<ReadonlyMap<string, number>> => {
  const there = await Promise.all(specs.map(async (spec) => client.describeTopic(spec.name, [])));
  const missing = specs.filter((_, i) => there[i] === undefined);
  if (missing.length > 0) await client.createTopics(missing);
  return new Map(specs.map((spec, i) => [spec.name, there[i]?.partitions ?? spec.partitions]));
};

/** What is otherwise with topics that exist than they would be made. `nodes`: where commands that mend it go. */
export const compareTopics = async (
  client: KafkaClient,
  nodes: string,
  specs: readonly TopicSpec[],
): Promise<readonly Finding[]> => {
  const findings = await Promise.all(
    specs.map(async (spec) => {
      const facts = await client.describeTopic(spec.name, Object.keys(spec.settings));
      return facts === undefined ? [] : compare(spec, facts, `--bootstrap-server ${nodes}`);
    }),
  );
  return findings.flat();
};

const compare = (spec: TopicSpec, facts: TopicFacts, at: string): Finding[] => {
  const { name, partitions, replication, settings } = spec;
  const findings: Finding[] = [];
  const differs = (what: string, is: string | number, wanted: string | number, fix: string): void => {
    const message = `topic ${name} has ${what} ${is}, and would be made with ${wanted}`;
    findings.push({ level: 'warn', code: 'kafka.topic', message, fix });
  };
  const alter = `kafka-topics ${at} --alter --topic ${name} --partitions ${partitions}`;
  const adapt = `set partitions to ${facts.partitions}: Kafka takes none away`;
  if (facts.partitions < partitions) differs('partitions', facts.partitions, partitions, alter);
  if (facts.partitions > partitions) differs('partitions', facts.partitions, partitions, adapt);
  if (replication > 0 && facts.replication !== replication)
    differs(
      'replication',
      facts.replication,
      replication,
      `kafka-reassign-partitions ${at}, with more or fewer replicas for ${name}`,
    );
  for (const [key, value] of Object.entries(settings)) {
    const fix = `kafka-configs ${at} --alter --topic ${name} --add-config ${key}=${value}`;
    const is = facts.settings[key];
    if (is !== undefined && is !== value) differs(key, is, value, fix);
  }
  return findings;
};
