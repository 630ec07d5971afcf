/** What one task should be. */
export interface Expected {
  readonly topic: Topic;
  phase: 'delayed' | 'available' | 'held' | 'stuck' | Over;
  mode: 'run' | 'rollback';
  /** How often it was claimed. */
  epoch: number;
  /** Claims that count: not given back, and not made for a rollback. */
  attempts: number;
  leaseUntil: number;
  /** What a rollback leads to. */
  verdict: 'retry' | Over | undefined;
  /** Effects that are on. */
  effects: number;
  undoFailures: number;
  /** For how long holders have put it off that do not know the topic, or in a rollback the effects. */
  unknownMs: number;
  /** How often it has committed. */
  commits: number;
  /** The task that does it again. */
  replayedAs: number | undefined;
}

type Over = 'completed' | 'failed' | 'cancelled';

/** How many attempts a task of the topic has. */
export const topics = { once: 1, twice: 2, thrice: 3 } as const;
export type Topic = keyof typeof topics;

/** A claim, as its holder knows it. */
export interface Hold {
  readonly task: number;
  readonly epoch: number;
  mode: 'run' | 'rollback';
  /** For how long the task had been put off when it was claimed. */
  readonly unknownMs: number;
  /** Effects in the journal that it knows. */
  known: number;
  /** Effects that its run has asked for. */
  asked: number;
  /** It knows that it holds nothing any more, or an effect was refused: no other one is begun. */
  isBarred: boolean;
}

export const leaseMs = 10_000;
/** No retry waits longer, nor does a task that is submitted for later or put off. */
export const longestDelayMs = 100;
export const undoAttempts = 2;
/** How long a task is put off by those who do not know its topic or its effects: twice, as what follows has it. */
export const unknownTopicMs = 100;
/** Without chance: the longer a task has been put off, the longer it is once more. */
const putOffMs = (unknownMs: number): number => 50 + unknownMs / 2;

/** The life of tasks as plainly as it can be said: each method is what somebody may do to them, and its answer. */
export class TaskOracle {
  now = 0;
  /** Whether the agent refuses to undo. */
  refusesUndo = false;
  readonly tasks: Expected[] = [];
  readonly #keys = new Map<string, number>();

  submit(topic: Topic, { key, isDelayed }: { key: string | undefined; isDelayed: boolean }): string {
    const name = key && `${topic} ${key}`;
    const existing = name && this.#keys.get(name);
    if (existing !== undefined && existing !== '') return `existing ${existing}`;
    if (name !== undefined) this.#keys.set(name, this.tasks.length);
    return `created ${this.#add(topic, isDelayed ? 'delayed' : 'available')}`;
  }

  claim(task: number, ticketEpoch: number): Hold | undefined {
    const it = this.#task(task);
    if (it.phase !== 'available' || it.epoch !== ticketEpoch) return undefined;
    it.phase = 'held';
    it.epoch++;
    it.leaseUntil = this.now + leaseMs;
    if (it.mode === 'run') it.attempts++;
    const { epoch, mode, unknownMs, effects: known } = it;
    return { task, epoch, mode, unknownMs, known, asked: 0, isBarred: false };
  }

  /** The next effect of the run: done by now, or refused. */
  effect(hold: Hold): 'done' | 'refused' {
    if (hold.isBarred) return 'refused';
    if (hold.asked++ < hold.known) return 'done';
    const it = this.#held(hold);
    hold.isBarred = it?.mode !== 'run' || hold.mode !== 'run';
    if (it === undefined || hold.isBarred) return 'refused';
    it.effects = ++hold.known;
    return 'done';
  }

  complete(hold: Hold, isStranger = false): string {
    const it = this.#held(hold);
    if (it?.mode !== 'run') return it === undefined ? 'lost' : this.#rollBack(it, isStranger);
    it.phase = 'completed';
    it.commits++;
    return 'completed';
  }

  fail(hold: Hold, isPermanent: boolean, isStranger = false): string {
    const it = this.#held(hold);
    if (it?.mode !== 'run') return it === undefined ? 'lost' : this.#rollBack(it, isStranger);
    it.unknownMs = 0;
    it.verdict = isPermanent || it.attempts >= topics[it.topic] ? 'failed' : 'retry';
    return this.#rollBack(it, isStranger);
  }

  /** Given back unharmed, if it still is what the holder takes it for. */
  release(hold: Hold): 'released' | 'refused' {
    const it = this.#look(hold);
    if (it === undefined) return 'refused';
    it.phase = 'available';
    if (it.mode === 'run') it.attempts--;
    return 'released';
  }

  /** Put off by a holder that does not know the topic: it was no attempt. That goes on for so long, and no longer. */
  postpone(hold: Hold): 'postponed' | 'refused' {
    const it = hold.unknownMs < unknownTopicMs ? this.#look(hold) : undefined;
    if (it === undefined) return 'refused';
    it.phase = 'delayed';
    it.attempts--;
    it.unknownMs += putOffMs(it.unknownMs);
    return 'postponed';
  }

  renew(hold: Hold): void {
    const it = this.#look(hold);
    if (it !== undefined) it.leaseUntil = this.now + leaseMs;
  }

  cancel(task: number): string {
    const it = this.#task(task);
    if (it.phase === 'cancelled') return 'cancelled';
    if (it.phase === 'completed' || it.phase === 'failed') return `too-late ${it.phase}`;
    it.verdict = it.mode === 'rollback' && it.verdict === 'failed' ? 'failed' : 'cancelled';
    if (it.mode === 'run' && it.phase !== 'held' && it.effects === 0) return this.#end(it);
    if (it.mode === 'run') it.unknownMs = 0;
    it.mode = 'rollback';
    return 'cancelling';
  }

  retry(task: number): string {
    const it = this.#task(task);
    if (it.phase === 'available' || it.phase === 'held' || it.phase === 'completed') return 'not-needed';
    if (it.phase === 'stuck' || it.phase === 'delayed') {
      const answer = it.phase === 'stuck' ? 'resumed' : 'hurried';
      if (it.phase === 'stuck') Object.assign(it, { undoFailures: 0, unknownMs: 0 });
      it.phase = 'available';
      return answer;
    }
    it.replayedAs ??= this.#add(it.topic, 'available');
    return `replayed ${it.replayedAs}`;
  }

  /** What is due can be claimed. */
  dispatch(): void {
    this.now += 2 * longestDelayMs;
    for (const it of this.tasks) if (it.phase === 'delayed') it.phase = 'available';
  }

  /** What was not renewed is taken back; the attempt counts. */
  reap(): void {
    for (const it of this.tasks) {
      if (it.phase !== 'held' || it.leaseUntil > this.now) continue;
      it.phase = 'available';
      if (it.mode === 'rollback' || it.attempts < topics[it.topic]) continue;
      it.verdict = 'failed';
      if (it.effects > 0) Object.assign(it, { mode: 'rollback', unknownMs: 0 });
      else this.#end(it);
    }
  }

  /** Another oracle of the same tasks. */
  copy(): TaskOracle {
    const copy = new TaskOracle();
    copy.now = this.now;
    copy.refusesUndo = this.refusesUndo;
    copy.tasks.push(...this.tasks.map((it) => ({ ...it })));
    for (const [key, task] of this.#keys) copy.#keys.set(key, task);
    return copy;
  }

  #add(topic: Topic, phase: 'delayed' | 'available'): number {
    const none = {
      epoch: 0,
      attempts: 0,
      leaseUntil: 0,
      effects: 0,
      undoFailures: 0,
      unknownMs: 0,
      commits: 0,
    };
    this.tasks.push({ topic, phase, mode: 'run', verdict: undefined, replayedAs: undefined, ...none });
    return this.tasks.length - 1;
  }

  #task(task: number): Expected {
    const it = this.tasks[task];
    if (it === undefined) throw new Error(`there is no task ${task}`);
    return it;
  }

  #held({ task, epoch }: Hold): Expected | undefined {
    const it = this.#task(task);
    return it.phase === 'held' && it.epoch === epoch ? it : undefined;
  }

  /** What the holder takes it for; else it learns that it was cancelled, or is somebody else's. */
  #look(hold: Hold): Expected | undefined {
    const it = this.#held(hold);
    if (it !== undefined && it.mode === hold.mode) return it;
    if (it === undefined) hold.isBarred = true;
    else hold.mode = it.mode;
    return undefined;
  }

  /** A stranger knows no effect: it leaves them to others, for so long. */
  #rollBack(it: Expected, isStranger: boolean): string {
    if (it.effects > 0 && isStranger && it.unknownMs < unknownTopicMs) {
      it.unknownMs += putOffMs(it.unknownMs);
      Object.assign(it, { mode: 'rollback', phase: 'delayed' });
      return 'postponed';
    }
    if (!isStranger || it.effects === 0) it.unknownMs = 0;
    if (it.effects > 0 && (isStranger || this.refusesUndo)) {
      it.mode = 'rollback';
      it.phase = ++it.undoFailures >= undoAttempts ? 'stuck' : 'delayed';
      return it.phase === 'stuck' ? 'stuck' : 'retry';
    }
    return this.#end(it);
  }

  #end(it: Expected): string {
    const verdict = it.verdict ?? 'failed';
    Object.assign(it, { mode: 'run', verdict: undefined, effects: 0, undoFailures: 0 });
    it.phase = verdict === 'retry' ? 'delayed' : verdict;
    return verdict;
  }
}
