import type { Deployment } from './deployment.ts';
import type { Agents } from './agents.ts';
import type { Random } from './random.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workers } from './workers.ts';

/** Does to the deployment what its profile says, until the faults are over. */
export class Nemesis {
  readonly #deployment: Deployment;
  readonly #workers: Workers;
  readonly #agents: Agents;
  readonly #random: Random;

  constructor(deployment: Deployment, workers: Workers, agents: Agents) {
    this.#agents = agents;
    this.#deployment = deployment;
    this.#workers = workers;
    this.#random = deployment.random.fork('nemesis');
  }

  start(): void {
    const { faults, broker, channel, services, store } = this.#deployment;
    this.#every(faults.crashEveryMs, () => this.#anyVictim()?.crash('crashes'));
    this.#every(faults.pauseEveryMs, () => this.#anyProcess()?.pause(this.#random.next() * faults.pauseMs));
    this.#every(faults.stopEveryMs, () => {
      const member = this.#any(this.#workers.alive);
      if (member !== undefined) this.#workers.stop(member);
    });
    this.#every(faults.jumpEveryMs, () => {
      if (this.#random.chance(0.3))
        store.jump(this.#random.between(-1, 1) * this.#deployment.settings.leaseMs);
      else this.#anyProcess()?.jump(this.#random.between(-600_000, 600_000));
    });
    this.#every(faults.storeDownEveryMs, () => this.#restart(services.store));
    this.#every(faults.brokerDownEveryMs, () => this.#restart(services.broker));
    this.#every(faults.brokerWipedEveryMs, () => broker.wipe());
    this.#every(faults.channelDownEveryMs, () => {
      this.#restart(services.channel);
      channel.restart();
    });
    this.#every(faults.partitionEveryMs, () => this.#partition());
  }

  #every(meanMs: number | undefined, strike: () => void): void {
    if (meanMs === undefined) return;
    this.#deployment.world.after(this.#random.wait(meanMs), () => {
      if (this.#deployment.isCalm) return;
      strike();
      this.#every(meanMs, strike);
    });
  }

  #restart(service: Deployment['services']['store']): void {
    service.goDown();
    this.#deployment.world.after(this.#random.scale(10, 2_000), () => service.comeUp());
  }

  /** One process cannot reach one service. */
  #partition(): void {
    const process = this.#anyProcess();
    const link = process && this.#any(this.#deployment.links.get(process) ?? []);
    if (process === undefined || link === undefined) return;
    this.#deployment.world.tell(process.name, 'is cut off from a service');
    link.cut();
    this.#deployment.world.after(this.#random.scale(10, 6_000), () => link.mend());
  }

  /** Clients have to live: what they were answered is what the checks go by. */
  #anyVictim(): SimProcess | undefined {
    return this.#any([...this.#workers.alive.map(({ process }) => process), ...this.#agents.alive]);
  }

  #anyProcess(): SimProcess | undefined {
    return this.#any([...this.#deployment.links.keys()].filter(({ isAlive }) => isAlive));
  }

  #any<T>(from: readonly T[]): T | undefined {
    return from[this.#random.whole(0, from.length - 1)];
  }
}
