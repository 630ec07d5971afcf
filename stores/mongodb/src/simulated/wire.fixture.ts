import { createServer, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import type { Doc } from './bson-values.fixture.ts';

/** What becomes of a request. `undefined`: nobody answers, and the connection ends. */
export type Answer = (command: Doc) => Promise<Doc | undefined>;

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;

/** MongoDB's protocol, as the driver speaks it. */
export const listen = async (answer: Answer): Promise<{ readonly port: number; close(): Promise<void> }> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined); // the driver drops connections when it closes
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        void respond(socket, message, answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

const respond = async (socket: Socket, message: Buffer, answer: Answer): Promise<void> => {
  const id = message.readInt32LE(4);
  const code = message.readInt32LE(12);
  const reply = await answer(code === opQuery ? legacyCommand(message) : commandOf(message));
  if (reply === undefined) socket.destroy();
  else socket.write(code === opQuery ? legacyReply(id, reply) : replyTo(id, reply));
};

const legacyCommand = (message: Buffer): Doc => {
  const name = message.indexOf(0, 20);
  return BSON.deserialize(message.subarray(name + 9));
};

const commandOf = (message: Buffer): Doc => {
  let command: Doc = {};
  for (let at = 20; at < message.length; ) {
    const kind = message[at++];
    const size = message.readInt32LE(at);
    if (kind === 0) command = { ...BSON.deserialize(message.subarray(at, at + size)), ...command };
    else {
      const name = message.toString('utf8', at + 4, message.indexOf(0, at + 4));
      const documents: Doc[] = [];
      for (let from = at + 5 + Buffer.byteLength(name); from < at + size; from += message.readInt32LE(from))
        documents.push(BSON.deserialize(message.subarray(from, from + message.readInt32LE(from))));
      command[name] = documents;
    }
    at += size;
  }
  return command;
};

const replyTo = (id: number, reply: Doc): Buffer => {
  const body = BSON.serialize(reply);
  const head = Buffer.alloc(21);
  head.writeInt32LE(21 + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(opMsg, 12);
  return Buffer.concat([head, body]);
};

const legacyReply = (id: number, reply: Doc): Buffer => {
  const body = BSON.serialize(reply);
  const head = Buffer.alloc(36);
  head.writeInt32LE(36 + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(opReply, 12);
  head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
};
