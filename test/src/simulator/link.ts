import { ConnectionError, InDoubtError } from '@waybill/core';
import type { FaultProfile, LinkFaults } from './fault-profile.ts';
import type { SimProcess } from './sim-process.ts';
import type { Service } from './service.ts';

/** A request on its way: what it does at the service, and what it means to repeat or to lose parts of it. */
export interface Request<T> {
  readonly name: string;
  /** More for the timeline. */
  readonly about?: () => string;
  /** Happens at the service, at one instant. Throws what the service refuses with. */
  readonly apply: () => T;
  /**
   * Present exactly if the request changes something: its parts, each of which may happen or not when the caller
   * does not hear of them.
   */
  readonly parts?: readonly (() => unknown)[];
}

/**
 * The line from one process to one service, with everything that a network does to requests. What is on the line
 * arrives even if the sender has died since; what a dead process still tries to send never leaves.
 */
export class Link {
  readonly #process: SimProcess;
  readonly #service: Service;
  readonly #faults: LinkFaults;
  readonly #slowMs: number;
  #isCut = false;

  constructor(process: SimProcess, service: Service, profile: FaultProfile) {
    this.#process = process;
    this.#service = service;
    this.#faults = profile[service.name];
    this.#slowMs = profile.slowMs;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  call<T>(request: Request<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { world, random, isAlive } = this.#process;
      if (!isAlive) return;
      world.mix(request.name.length);
      if (this.#service.isCalm) this.#deliver(request, random.between(0.1, 1), resolve, reject);
      else if (this.#isCut || random.chance(this.#faults.refused)) this.#refuse(request, reject);
      else if (random.chance(this.#faults.inDoubt)) this.#doubt(request, reject);
      else this.#deliver(request, this.#delay(), resolve, reject);
    });
  }

  /** The way there or back of one message. */
  #delay(): number {
    const { random } = this.#process;
    return random.chance(this.#faults.slow) ? random.next() * this.#slowMs : random.between(0.1, 1);
  }

  #deliver<T>(
    request: Request<T>,
    delayMs: number,
    resolve: (answer: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { world, random } = this.#process;
    world.after(delayMs, () => {
      if (this.#service.isDown) return this.#refuse(request, reject);
      if (request.parts !== undefined) this.#tell(request, 'applied');
      const answer = attempt(request.apply);
      const backMs = this.#service.isCalm ? random.between(0.1, 1) : this.#delay();
      this.#process.after(backMs, () => (answer.ok ? resolve(answer.value) : reject(answer.error)));
      if (!this.#service.isCalm && random.chance(this.#faults.twice)) this.#repeat(request);
    });
  }

  #refuse<T>(request: Request<T>, reject: (error: unknown) => void): void {
    this.#tell(request, 'refused');
    this.#process.after(this.#process.random.between(0.1, 20), () =>
      reject(new ConnectionError(`${this.#service.name} cannot be reached`)),
    );
  }

  /** The caller gives up after a while, and each part of the request happens before, after, twice or never. */
  #doubt<T>(request: Request<T>, reject: (error: unknown) => void): void {
    const { world, random } = this.#process;
    const deadlineMs = random.between(1, 300);
    if (request.parts === undefined) {
      this.#tell(request, 'lost');
      this.#process.after(deadlineMs, () =>
        reject(new ConnectionError(`${this.#service.name} does not answer`)),
      );
      return;
    }
    for (const part of request.parts) {
      if (random.chance(this.#faults.late))
        this.#late(request, deadlineMs + random.next() * this.#slowMs, part);
      else if (random.chance(0.7)) {
        world.after(random.next() * deadlineMs, () => {
          this.#tell(request, 'applied, its reply is lost');
          attempt(part);
        });
        if (random.chance(this.#faults.twice)) this.#late(request, random.next() * this.#slowMs, part);
      } else this.#tell(request, 'lost');
    }
    this.#process.after(deadlineMs, () =>
      reject(new InDoubtError(`${this.#service.name} does not answer; it may have happened`)),
    );
  }

  #repeat<T>({ parts = [], ...request }: Request<T>): void {
    for (const part of parts) this.#late(request, this.#process.random.next() * this.#slowMs, part);
  }

  #late<T>(request: Request<T>, delayMs: number, part: () => unknown): void {
    this.#service.expectLate();
    this.#process.world.after(delayMs, () => {
      this.#service.lateArrived();
      this.#tell(request, 'applied late');
      attempt(part);
    });
  }

  #tell<T>({ name, about }: Request<T>, what: string): void {
    const { world } = this.#process;
    if (world.timeline === undefined) return;
    const more = about === undefined ? '' : ` ${about()}`;
    world.tell(this.#process.name, `${this.#service.name}.${name}${more} ${what}`);
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const attempt = <T>(apply: () => T): Attempt<T> => {
  try {
    return { ok: true, value: apply() };
  } catch (error) {
    return { ok: false, error };
  }
};
