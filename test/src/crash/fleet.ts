import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import { hasDiary } from './diary.ts';
import { type Child, startChild } from './start-child.ts';

const beginningMs = 5_000;

interface Member {
  readonly name: string;
  readonly child: Child;
  /** We have killed it: that it ends is no surprise. */
  doomed: boolean;
}

/** Worker processes of which any may be killed or stopped at any moment; a killed one is replaced at once. */
export class Fleet {
  readonly #deployment: Deployment;
  readonly #seed: number;
  readonly #members: Member[] = [];
  readonly #endings: Promise<void>[] = [];
  /** Workers that ended although nobody had killed them. */
  readonly surprises: string[] = [];
  #started = 0;
  #stopping = false;

  constructor(
    deployment: Deployment,
    { workers, seed }: { readonly workers: number; readonly seed: number },
  ) {
    this.#deployment = deployment;
    this.#seed = seed;
    for (let place = 0; place < workers; place++) this.#start(place);
  }

  /** Resolves when the worker there has begun to submit, or has ended, or does not get that far. */
  async atWork(place: number): Promise<void> {
    const member = this.#members[place];
    if (member === undefined) return;
    const begun = (): boolean => !member.child.isAlive || hasDiary(this.#deployment.folder, member.name);
    for (const limit = performance.now() + beginningMs; !begun() && performance.now() < limit; )
      await pause(20);
  }

  kill(place: number): void {
    const member = this.#members[place];
    if (member === undefined) return;
    member.doomed = true;
    member.child.kill('SIGKILL');
    this.#start(place);
  }

  /** It goes on afterwards, unless it was killed meanwhile. */
  async suspend(place: number, ms: number): Promise<void> {
    const child = this.#members[place]?.child;
    child?.kill('SIGSTOP');
    await pause(ms);
    child?.kill('SIGCONT');
  }

  /** Tells all to stop, and waits until they have. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#members) child.kill('SIGTERM');
    const late = setTimeout(() => this.#endAll('did not stop when it was told to'), limitMs);
    await Promise.all(this.#endings);
    clearTimeout(late);
  }

  /** Leaves no process behind, whatever has gone wrong. */
  async destroy(): Promise<void> {
    this.#endAll(undefined);
    await Promise.all(this.#endings);
  }

  #start(place: number): void {
    const name = `worker-${++this.#started}`;
    const orders = { name, seed: this.#seed, everyMs: 60 };
    const child = startChild({ deployment: this.#deployment, role: 'worker', orders });
    const member = { name, child, doomed: false };
    this.#members[place] = member;
    this.#endings.push(this.#watch(member));
  }

  async #watch(member: Member): Promise<void> {
    const { code, signal, said } = await member.child.ended;
    const isTooYoungToStop = this.#stopping && signal === 'SIGTERM';
    if (member.doomed || code === 0 || isTooYoungToStop) return;
    this.surprises.push(`${member.name} ended by itself: ${signal ?? `exit ${code}`}; it said:\n${said}`);
  }

  #endAll(reproach: string | undefined): void {
    for (const member of this.#members) {
      if (!member.child.isAlive) continue;
      if (reproach !== undefined) this.surprises.push(`${member.name} ${reproach}`);
      member.doomed = true;
      member.child.kill('SIGKILL');
    }
  }
}
