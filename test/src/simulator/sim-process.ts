import { noPoints, type PointName, type Points, type Runtime } from '@waybill/core';
import type { Happening } from './event-queue.ts';
import { idSource } from './ids.ts';
import type { Random } from './random.ts';
import { epochMs, type World } from './world.ts';

/** How the clocks of one machine are wrong. */
export interface ClockFault {
  readonly skewMs: number;
  /** 1 is right. */
  readonly rate: number;
}

/** Where a process is to die or to stand still: at the n-th time that it gets to a point of the protocol. */
export interface PointFault {
  readonly point: PointName;
  readonly nth: number;
  /** How long it stands still; `undefined`: it dies. */
  readonly pauseMs?: number;
}

/**
 * A process of the simulated deployment: its life and its own view of time. A dead one never goes on: its timers
 * do not fire, its calls are not answered, and what it still tries does nothing. One that stands still (a garbage
 * collection, SIGSTOP, a frozen machine) goes on later, knowing nothing.
 */
export class SimProcess {
  readonly name: string;
  readonly world: World;
  readonly random: Random;
  readonly runtime: Runtime;
  readonly points: Points;
  /** What clients were answered is what the checks go by: they live. */
  readonly mayDie: boolean;
  readonly #clock: ClockFault;
  readonly #bornAt: number;
  readonly #mourners: (() => void)[] = [];
  #skewMs: number;
  #isAlive = true;
  #pausedUntil = 0;

  constructor(
    world: World,
    name: string,
    random: Random,
    faults: { clock: ClockFault; mayDie: boolean; point?: PointFault },
  ) {
    this.world = world;
    this.name = name;
    this.random = random;
    this.mayDie = faults.mayDie;
    this.#clock = faults.clock;
    this.#skewMs = faults.clock.skewMs;
    this.#bornAt = world.now;
    world.record({ kind: 'life', at: world.now, by: name, what: 'begins' });
    this.points = faults.point === undefined ? noPoints : this.#pointsOf(faults.point);
    this.runtime = this.#makeRuntime();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isAlive && this.#pausedUntil > this.world.now;
  }

  /** Lets this process go on after a while, if it still lives then. */
  after(delayMs: number, go: () => void): Happening {
    return this.world.after(delayMs, () => this.#go(go));
  }

  crash(why: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.world.tell(this.name, `✗ ${why}`);
    this.world.record({ kind: 'life', at: this.world.now, by: this.name, what: 'ends' });
    for (const mourn of this.#mourners) mourn();
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.world.now + ms);
    this.world.tell(this.name, `‖ stands still for ${ms.toFixed(0)} ms`);
  }

  wake(): void {
    this.#pausedUntil = Math.min(this.#pausedUntil, this.world.now);
  }

  /** The wall clock is set. */
  jump(ms: number): void {
    this.#skewMs += ms;
    this.world.tell(this.name, `clock set by ${ms.toFixed(0)} ms`);
  }

  /** Called once, when it dies. */
  onDeath(mourn: () => void): void {
    this.#mourners.push(mourn);
  }

  #go(go: () => void): void {
    if (!this.#isAlive) return;
    if (this.#pausedUntil > this.world.now) {
      this.world.after(this.#pausedUntil - this.world.now, () => this.#go(go));
      return;
    }
    go();
  }

  #makeRuntime(): Runtime {
    const { world, random } = this;
    const { rate } = this.#clock;
    return {
      now: () => Math.floor(epochMs + world.now + this.#skewMs),
      monotonic: () => (world.now - this.#bornAt) * rate,
      random: () => random.next(),
      id: idSource(this.name),
      timer: (ms, callback) => {
        const happening = this.after(ms / rate, callback);
        return {
          cancel: () => {
            happening.fire = undefined;
          },
        };
      },
    };
  }

  #pointsOf({ point, nth, pauseMs }: PointFault): Points {
    let left = nth;
    return {
      reach: (reached) => {
        if (reached !== point || --left !== 0) return undefined;
        if (pauseMs === undefined) this.crash(`dies at ${point}`);
        else this.pause(pauseMs);
        return new Promise((resolve) => {
          this.after(0, resolve);
        });
      },
    };
  }
}
