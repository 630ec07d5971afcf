import type { Handler } from './handler.ts';
import type { Json } from './json.ts';
import type { TaskInfo, UnitOfWork } from './unit-of-work.ts';

/**
 * Owns topics: runs each claimed task of them to its decision. The built-in transactional manager takes every
 * topic that no other manager claims.
 */
export interface Manager {
  readonly name: string;
  /** Exact topics, or `image.*` for all topics that begin with `image.`. */
  readonly topics: readonly string[];
  /**
   * Answers, or promises, the result to commit together with everything staged on the unit, or throws what the attempt failed
   * with. May be called again, with a new unit, when the commit met a conflict.
   */
  manage(attempt: AttemptOf): Promise<Json | undefined> | Json | undefined;
}

/** One try of one claimed task, as a manager sees it. */
export interface AttemptOf {
  readonly task: TaskInfo;
  /** As submitted; not yet validated. */
  readonly input: Json;
  readonly unit: UnitOfWork;
  /** The handler of this topic, if one is registered. */
  readonly handler: Handler | undefined;
  /** Runs a handler's `run` where the deployment says: in this process, a thread, a child. */
  readonly executor: Executor;
}

/** The worker system: how a handler's code is run. */
export interface Executor {
  /** Answers, or promises, what `run` answered. */
  run(handler: Handler, input: unknown, unit: UnitOfWork): unknown;
}
