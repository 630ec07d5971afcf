import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { FaultProxy } from './fault-proxy.ts';

/** Answers `heard <text>` to every chunk, and remembers what it has heard. */
const heard: string[] = [];
const echo = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (data: Buffer) => {
    heard.push(String(data));
    socket.write(`heard ${data}`);
  });
});
let proxy: FaultProxy;

beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await FaultProxy.open({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterAll(async () => {
  await proxy.close();
  echo.close();
});
beforeEach(() => {
  proxy.heal();
  heard.length = 0;
});

const dial = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  return socket;
};

const ask = async (socket: Socket, text: string): Promise<string> => {
  const answered = once(socket, 'data');
  socket.write(text);
  return String((await answered)[0]);
};

/** Not `once` of Node, which rejects on the reset that is expected here. */
const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));

/** Resolves when the connection is gone; rejects if it stays for a second. */
const ended = (socket: Socket): Promise<unknown> =>
  Promise.race([closed(socket), pause(1_000).then(() => assert.fail('the connection is still open'))]);

describe('a network of bad quality', () => {
  test('forwards both ways while it is well', async () => {
    const socket = await dial();
    assert.equal(await ask(socket, 'a'), 'heard a');
    assert.equal(proxy.url('redis://user:pw@10.0.0.1:6379/2'), `redis://user:pw@127.0.0.1:${proxy.port}/2`);
    socket.destroy();
  });

  test('delays each direction', async () => {
    const socket = await dial();
    await ask(socket, 'a');
    proxy.delay(40);
    const started = performance.now();
    assert.equal(await ask(socket, 'b'), 'heard b');
    assert.ok(performance.now() - started >= 75);
    socket.destroy();
  });

  test('cuts those who are connected, and takes new ones', async () => {
    const socket = await dial();
    await ask(socket, 'a');
    proxy.cut();
    await ended(socket);
    const again = await dial();
    assert.equal(await ask(again, 'b'), 'heard b');
    again.destroy();
  });

  test('lets nobody through while it is down', async () => {
    const socket = await dial();
    await ask(socket, 'a');
    proxy.goDown();
    await ended(socket);
    const refused = connect(proxy.port, '127.0.0.1');
    const gone = ended(refused);
    refused.on('error', () => refused.destroy());
    await gone;
    proxy.heal();
    const again = await dial();
    assert.equal(await ask(again, 'b'), 'heard b');
    again.destroy();
  });

  test('swallows what is sent, and keeps the connection until it heals', async () => {
    const socket = await dial();
    await ask(socket, 'a');
    proxy.swallow();
    socket.write('b');
    await pause(60);
    assert.deepEqual([heard, socket.destroyed], [['a'], false]);
    proxy.heal();
    await ended(socket);
  });

  test('carries the request out and drops its reply', async () => {
    const [socket, other] = [await dial(), await dial()];
    const dropped = proxy.dropReply((request) => String(request) === 'commit');
    assert.equal(await ask(other, 'look'), 'heard look');
    socket.write('commit');
    await dropped;
    await ended(socket);
    assert.deepEqual(heard, ['look', 'commit']);
    assert.equal(await ask(other, 'look'), 'heard look');
    other.destroy();
  });

  test('flaps as often as it is told', async () => {
    let cuts = 0;
    const stop = new AbortController();
    const stay = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const socket = connect(proxy.port, '127.0.0.1');
        socket.on('error', () => socket.destroy());
        await closed(socket);
        cuts++;
        await pause(1);
      }
    };
    const staying = stay();
    await proxy.flap(5, { upMs: 10, downMs: 5 });
    stop.abort();
    // What is just connecting comes after a cut.
    const cutting = setInterval(() => proxy.cut(), 5);
    await staying;
    clearInterval(cutting);
    assert.ok(cuts >= 5, `${cuts} cuts`);
    assert.equal(proxy.connections, 0);
  });
});
