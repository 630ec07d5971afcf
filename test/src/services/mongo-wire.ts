import { connect } from 'node:net';

/** A command of MongoDB with text, numbers and further ones in it. */
export interface Command {
  readonly [name: string]: string | number | Command;
}

/** Sends a command to the database `admin`, and answers the BSON that comes back: the kit depends on no client. */
export const askMongo = (
  address: { readonly host: string; readonly port: number },
  command: Command,
  /** Names of what is a list in it, and not an object. */
  lists: readonly string[] = [],
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = connect(address);
    let answer = Buffer.alloc(0);
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (data: Buffer) => {
      answer = Buffer.concat([answer, data]);
      if (answer.length < 4 || answer.length < answer.readInt32LE(0)) return;
      resolve(answer.subarray(21));
      socket.destroy();
    });
    socket.write(message(encode({ ...command, $db: 'admin' }, lists)));
  });

/** The first text of that name. */
export const textIn = (bson: Buffer, name: string): string | undefined => {
  const at = bson.indexOf(Buffer.concat([Buffer.from([textType]), Buffer.from(`${name}\0`)]));
  if (at === -1) return undefined;
  const length = at + name.length + 2;
  return bson.toString('utf8', length + 4, length + 3 + bson.readInt32LE(length));
};

const textType = 0x02;
const opMsg = 2013;

const message = (body: Buffer): Buffer => {
  const header = Buffer.alloc(21);
  header.writeInt32LE(21 + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(opMsg, 12);
  return Buffer.concat([header, body]);
};

const encode = (command: Command, lists: readonly string[]): Buffer => {
  const elements = Object.entries(command).map(([name, value]) => {
    const [type, bytes] = encodeValue(value, lists, lists.includes(name));
    return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), bytes]);
  });
  const body = Buffer.concat([...elements, Buffer.from([0])]);
  return Buffer.concat([int32(4 + body.length), body]);
};

const encodeValue = (
  value: string | number | Command,
  lists: readonly string[],
  isList: boolean,
): readonly [number, Buffer] => {
  if (typeof value === 'number') return [0x10, int32(value)];
  if (typeof value === 'object') return [isList ? 0x04 : 0x03, encode(value, lists)];
  const text = Buffer.from(`${value}\0`);
  return [textType, Buffer.concat([int32(text.length), text])];
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
