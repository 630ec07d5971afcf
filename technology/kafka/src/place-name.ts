import type { Place } from './kafka-client.ts';

/** One text for a partition: `waybill.messages/3`. No topic has a slash in its name. */
export const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;

export const placeOf = (name: string): Place => {
  const slash = name.lastIndexOf('/');
  return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)) };
};
