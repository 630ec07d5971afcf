import { connect } from 'node:net';

const deleteTopics = 20;
const version = 1;
const timeoutMs = 10_000;

/** Deletes topics of a Kafka that wants neither TLS nor a password. The kit depends on no client. */
export const deleteKafkaTopics = (url: string, names: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    const body = [
      int16(deleteTopics),
      int16(version),
      int32(1), // correlation
      int16(-1), // no client id
      int32(names.length),
      ...names.flatMap((name) => [int16(Buffer.byteLength(name)), Buffer.from(name)]),
      int32(timeoutMs),
    ];
    const request = Buffer.concat(body);
    socket.write(Buffer.concat([int32(request.length), request]));
  });

const int16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};

const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
