/** A cluster does not tell its version, but the level of its metadata, which grows with it. */
export const versionOf = (
  features: readonly { readonly name: string; readonly maxVersionLevel: number }[],
): string => {
  const level = features.find(({ name }) => name === 'metadata.version')?.maxVersionLevel;
  if (level === undefined) return 'Kafka of an unknown version';
  const version = versions.get(level);
  return version === undefined ? `Kafka (metadata.version ${level})` : `Kafka ${version}`;
};

/** Last levels of releases: org.apache.kafka.server.common.MetadataVersion. */
const versions: ReadonlyMap<number, string> = new Map([
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [33, '4.4'],
]);
