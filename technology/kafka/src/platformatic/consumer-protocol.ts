import { Reader, Writer } from '@platformatic/kafka';
import type { GroupShare } from '../kafka-client.ts';

/**
 * What members of a group of the type `consumer` say in joining, and are told in turn, is read by the server, too: for
 * its tools, and to learn whose offsets may expire. A group in which a server before 4.0 cannot read it never comes
 * together, as its coordinator fails on that without a word. So ours travels as the user's data of the oldest
 * version, which all others begin with: https://kafka.apache.org/protocol#protocol_consumer
 */
const version = 0;

export const toSubscription = (topics: readonly string[], about: Buffer): Buffer =>
  Writer.create()
    .appendInt16(version)
    .appendArray([...topics], (writer, topic) => writer.appendString(topic, false), false, false)
    .appendBytes(about, false).buffer;

/** What the member says of itself. Empty for what is no subscription. */
export const fromSubscription = (buffer: Buffer): Buffer =>
  userData(buffer, (reader) => reader.readArray((each) => each.readString(false), false, false));

export const toAssignment = ({ places, share }: GroupShare): Buffer => {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  return Writer.create()
    .appendInt16(version)
    .appendArray(
      topics,
      (writer, name) => {
        const partitions = places.filter(({ topic }) => topic === name).map(({ partition }) => partition);
        writer
          .appendString(name, false)
          .appendArray(partitions, (each, partition) => each.appendInt32(partition), false, false);
      },
      false,
      false,
    )
    .appendBytes(share, false).buffer;
};

/** The share. Empty for what is no assignment. */
export const fromAssignment = (buffer: Buffer): Buffer =>
  userData(buffer, (reader) =>
    reader.readArray(
      (each) => {
        each.readString(false);
        each.readArray((partition) => partition.readInt32(), false, false);
      },
      false,
      false,
    ),
  );

/** Anybody who may join could have written anything. */
const userData = (buffer: Buffer, skip: (reader: Reader) => void): Buffer => {
  try {
    const reader = Reader.from(buffer);
    reader.readInt16();
    skip(reader);
    return Buffer.from(reader.readBytes(false));
  } catch {
    return Buffer.alloc(0); // the library throws whatever its reading beyond the end leads to
  }
};
