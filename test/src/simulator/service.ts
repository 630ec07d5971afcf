import type { World } from './world.ts';

export type ServiceName = 'store' | 'broker' | 'channel' | 'agent';

/** One backend as the network sees it: whether it is up, and whether the faults are over. */
export class Service {
  readonly name: ServiceName;
  readonly #world: World;
  #isDown = false;
  #isCalm = false;
  #late = 0;

  constructor(world: World, name: ServiceName) {
    this.#world = world;
    this.name = name;
  }

  /** It answers nothing: what arrives now does not happen. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** The faults are over: from now on every request arrives and is answered. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Requests that will still be applied although their senders have long been told otherwise. */
  get late(): number {
    return this.#late;
  }

  goDown(): void {
    if (this.#isCalm) return;
    this.#isDown = true;
    this.#world.tell(this.name, 'goes down');
  }

  comeUp(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#world.tell(this.name, 'is up again');
  }

  calmDown(): void {
    this.#isCalm = true;
    this.comeUp();
  }

  expectLate(): void {
    this.#late++;
  }

  lateArrived(): void {
    this.#late--;
  }
}
