import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What happens to bytes on their way. */
interface Weather {
  /** How long each chunk is held back, in each direction. */
  readonly delayMs: number;
  /** true: connections are accepted and stay open, and nothing comes through. */
  readonly swallow: boolean;
}

interface Trap {
  readonly caught: (request: Buffer) => boolean;
  readonly sprung: () => void;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Whether the next reply is to be lost, together with the connection. */
  trap: Trap | undefined;
}

const clear: Weather = { delayMs: 0, swallow: false };

/**
 * A network of bad quality between a client and a server, for any protocol over TCP: it delays, cuts, swallows, flaps,
 * and loses replies to requests that were carried out.
 */
export class FaultProxy {
  readonly #target: Target;
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #weather = clear;
  #traps: Trap[] = [];
  #down = false;
  #cuts = 0;

  static async open(target: Target): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#listener.once('error', reject);
      proxy.#listener.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  private constructor(target: Target) {
    this.#target = target;
    this.#listener = createServer((client) => this.#join(client));
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port; // of a listener on TCP
  }

  get connections(): number {
    return this.#links.size;
  }

  /** How many connections have been cut so far. */
  get cuts(): number {
    return this.#cuts;
  }

  /** The URL of the target, leading through here. */
  url(of: string): string {
    const url = new URL(of);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** From now on every chunk takes this long, in each direction. */
  delay(ms: number): void {
    this.#weather = { ...this.#weather, delayMs: ms };
  }

  /** Connections live and say nothing: the worst that a network does. `heal` ends it; what was swallowed is gone. */
  swallow(): void {
    this.#weather = { ...this.#weather, swallow: true };
  }

  /** Resets every connection. New ones are welcome. */
  cut(): void {
    for (const { client, server } of this.#links) {
      this.#cuts++;
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Nobody gets through until `heal`, and those who were through are cut. */
  goDown(): void {
    this.#down = true;
    this.cut();
  }

  heal(): void {
    this.#down = false;
    // A connection that has lost bytes can only be given up.
    if (this.#weather.swallow) this.cut();
    this.#weather = clear;
  }

  /**
   * Forwards the next request that `caught` accepts, drops whatever the server answers, and cuts that connection.
   * Resolves when it has happened.
   */
  dropReply(caught: (request: Buffer) => boolean = () => true): Promise<void> {
    return new Promise((resolve) => this.#traps.push({ caught, sprung: resolve }));
  }

  /** Cuts everything again and again. */
  async flap(
    times: number,
    { upMs, downMs }: { readonly upMs: number; readonly downMs: number },
  ): Promise<void> {
    for (let time = 0; time < times; time++) {
      await pause(upMs);
      this.goDown();
      await pause(downMs);
      this.heal();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
  }

  #join(client: Socket): void {
    if (this.#down) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target);
    const link: Link = { client, server, trap: undefined };
    this.#links.add(link);
    const leave = (): void => {
      this.#links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', leave); // the other side's death is what a fault is
      socket.on('close', leave);
    }
    client.on('data', (request: Buffer) => this.#request(link, request));
    server.on('data', (reply: Buffer) => this.#reply(link, reply));
  }

  #request(link: Link, request: Buffer): void {
    const trap = this.#traps.find(({ caught }) => caught(request));
    if (trap !== undefined) {
      this.#traps = this.#traps.filter((other) => other !== trap);
      link.trap = trap;
    }
    this.#pass(link.server, request);
  }

  #reply(link: Link, reply: Buffer): void {
    if (link.trap === undefined) return this.#pass(link.client, reply);
    link.client.resetAndDestroy();
    link.server.destroy();
    link.trap.sprung();
  }

  #pass(to: Socket, chunk: Buffer): void {
    const { swallow, delayMs } = this.#weather;
    if (swallow) return;
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.destroyed || to.write(chunk), delayMs);
  }
}
