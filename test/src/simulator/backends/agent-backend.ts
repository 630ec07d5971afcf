import type { EffectEntry } from '../history.ts';
import { isMadeBy } from '../ids.ts';
import { journalOf, recordOf, taskKeyOf } from '../records.ts';
import type { World } from '../world.ts';
import type { StoreService } from './store-service.ts';

/** One request to the agent. */
export interface AgentCall {
  readonly verb: 'do' | 'undo';
  readonly key: string;
  readonly taskId: string;
  readonly by: string;
}

/**
 * A service outside of the store that keeps the contract of agents: it remembers keys; doing twice is doing once;
 * undoing what was never done leaves a tombstone and succeeds; doing after the tombstone is refused.
 */
export class AgentBackend {
  readonly #world: World;
  readonly #store: StoreService;
  readonly #keepsTombstones: boolean;
  readonly #keys = new Map<string, 'on' | 'tombstone'>();

  constructor(world: World, store: StoreService, options: { readonly keepsTombstones: boolean }) {
    this.#world = world;
    this.#store = store;
    this.#keepsTombstones = options.keepsTombstones;
  }

  call(call: AgentCall): EffectEntry['answer'] {
    const answer = call.verb === 'do' ? this.#do(call.key) : this.#undo(call.key);
    this.#world.tell('agent', `${call.verb} ${call.key} for ${call.by}: ${answer}`);
    this.#world.record({ kind: 'effect', at: this.#world.now, ...call, answer, ...this.#witness(call) });
    return answer;
  }

  has(key: string): boolean {
    return this.#keys.get(key) === 'on';
  }

  #do(key: string): EffectEntry['answer'] {
    const known = this.#keys.get(key);
    if (known !== undefined) return known === 'on' ? 'again' : 'refused';
    this.#keys.set(key, 'on');
    return 'done';
  }

  #undo(key: string): EffectEntry['answer'] {
    const known = this.#keys.get(key);
    if (this.#keepsTombstones) this.#keys.set(key, 'tombstone');
    else this.#keys.delete(key);
    return known === 'on' ? 'undone' : 'nothing';
  }

  /** What the store says of this effect and its caller at this instant. */
  #witness({ key, taskId, by }: AgentCall): Pick<EffectEntry, 'journaled' | 'byHolder'> {
    const stored = this.#store.get(taskKeyOf(taskId));
    const record = stored === undefined ? undefined : recordOf(taskId, stored.fields);
    return {
      journaled: journalOf(record).some((entry) => entry.key === key),
      byHolder: record?.phase === 'held' && record.mode === 'run' && isMadeBy(record.owner, by),
    };
  }
}
