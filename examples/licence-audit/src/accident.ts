import { type Cut, cutPower, recoveryOf } from './power-cut.ts';
import { pathOf } from './report.ts';
import type { Run } from './run.ts';
import { seconds } from './story.ts';
import type { Look } from './watch-tasks.ts';

/** What `--demo` shows of recovery: kills the last worker half way, and tells what becomes of its tasks. */
export class Accident {
  readonly #run: Run;
  #cut: Cut | undefined;
  #seen: ReturnType<typeof recoveryOf> = 'waiting';

  constructor(run: Run) {
    this.#run = run;
  }

  /** To be called with every look at the tasks. */
  async go(look: Look): Promise<void> {
    if (this.#cut === undefined) return this.#happen(look);
    if (this.#cut.orphans.length === 0 || this.#seen === 'over') return;
    const now = recoveryOf(this.#cut, look);
    if (now === this.#seen) return;
    this.#seen = now;
    const after = `${seconds(performance.now() - this.#cut.at)} after the kill`;
    this.#run.story.tell(
      now === 'over'
        ? `${paths(this.#cut)} done by the other worker, ${after}`
        : `the leases of ${paths(this.#cut)} ran out: taken back, ${after}`,
    );
  }

  /** To be called when all is over. */
  end(): void {
    if (this.#cut === undefined) this.#run.story.tell('no worker was killed: all was done too soon for that');
  }

  async #happen(look: Look): Promise<void> {
    const { waybill, workers, tenant, story } = this.#run;
    const victim = workers.at(-1);
    if (victim === undefined) return;
    this.#cut = await cutPower(waybill, victim, look, tenant);
    if (this.#cut === undefined) return;
    story.tell(`worker ${victim.name} was killed (SIGKILL) after ${look.done} of ${look.total} packages`);
    story.tell(`  it was in the middle of ${paths(this.#cut)}`);
  }
}

const paths = ({ orphans }: Cut): string => {
  const [first = 'nothing', second, ...others] = orphans.map(pathOf);
  if (second === undefined) return first;
  return others.length === 0 ? `${first} and ${second}` : `${first} and ${others.length + 1} others`;
};
