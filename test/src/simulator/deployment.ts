import {
  type DocumentStore,
  type EngineSettings,
  isWaybillError,
  openEngine,
  type Ports,
  sleep,
  Waybill,
} from '@waybill/core';
import { AgentBackend } from './backends/agent-backend.ts';
import { BrokerBackend } from './backends/broker-backend.ts';
import { ChannelBackend } from './backends/channel-backend.ts';
import { SimBroker } from './backends/sim-broker.ts';
import { SimChannel } from './backends/sim-channel.ts';
import { JournaledBackend } from './backends/journaled-backend.ts';
import { StoreBackend } from './backends/store-backend.ts';
import type { StoreService } from './backends/store-service.ts';
import { type FaultProfile, kindOf } from './fault-profile.ts';
import { processName } from './ids.ts';
import { drawJournalFaults, drawJournalSettings } from './journal-faults.ts';
import { Link } from './link.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Random } from './random.ts';
import { Service } from './service.ts';
import { type PointFault, SimProcess } from './sim-process.ts';
import { touchedCollections } from './touches.ts';
import { effectsOf } from './workload/effects.ts';
import { pluginOf } from './workload/plugin.ts';
import { type Topic, topics } from './workload/task-types.ts';
import type { World } from './world.ts';

export interface DeploymentOptions {
  readonly world: World;
  readonly random: Random;
  readonly faults: FaultProfile;
  readonly settings: EngineSettings;
  readonly mutant: Mutant | undefined;
  readonly store: StoreKind;
}

/** Whose transactions span documents: the store's own, or those that the journaled protocol makes of single writes. */
export type StoreKind = 'native' | 'journaled';

/** The four services, and the processes that use them. */
export class Deployment {
  readonly world: World;
  readonly random: Random;
  readonly faults: FaultProfile;
  readonly settings: EngineSettings;
  readonly store: StoreService;
  readonly broker: BrokerBackend;
  readonly channel: ChannelBackend;
  readonly agent: AgentBackend;
  /** What core's own agent acts upon: it knows nothing of tombstones. */
  readonly outside: AgentBackend;
  readonly services: { readonly [S in Service['name']]: Service };
  readonly links = new Map<SimProcess, readonly Link[]>();
  readonly #mutant: Mutant | undefined;
  #isCalm = false;

  constructor({ world, random, faults, settings, mutant, store }: DeploymentOptions) {
    this.world = world;
    this.random = random;
    this.faults = faults;
    this.settings = settings;
    this.#mutant = mutant;
    this.store = store === 'native' ? new StoreBackend(world) : this.#journaled();
    this.broker = new BrokerBackend(world, random.fork('broker'), faults);
    this.channel = new ChannelBackend(world, random.fork('channel'), faults);
    this.agent = new AgentBackend(world, this.store, { keepsTombstones: mutant?.agentForgets !== true });
    this.outside = new AgentBackend(world, this.store, { keepsTombstones: false });
    this.services = {
      store: new Service(world, 'store'),
      broker: new Service(world, 'broker'),
      channel: new Service(world, 'channel'),
      agent: new Service(world, 'agent'),
    };
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Requests that will be applied although nobody waits for them any more. */
  get late(): number {
    return Object.values(this.services).reduce((sum, { late }) => sum + late, 0);
  }

  /** From now on nothing goes wrong any more, and what stood still goes on. */
  calmDown(): void {
    if (this.#isCalm) return;
    this.#isCalm = true;
    this.world.tell('world', '── the faults are over ──');
    for (const service of Object.values(this.services)) service.calmDown();
    this.broker.calmDown();
    this.channel.calmDown();
    for (const [process, links] of this.links) {
      process.wake();
      for (const link of links) link.mend();
    }
  }

  spawn(role: string, point?: PointFault): SimProcess {
    const name = processName(role, this.world.ordinal());
    const random = this.random.fork(name);
    const { skewMs, drift } = this.faults;
    const clock = { skewMs: random.between(-skewMs, skewMs), rate: 1 + random.between(-drift, drift) };
    const mayDie = role !== 'client';
    this.world.tell(name, 'starts');
    return new SimProcess(
      this.world,
      name,
      random,
      point === undefined ? { clock, mayDie } : { clock, mayDie, point },
    );
  }

  /** Opens the production engine in this process; tries as long as its services cannot be reached. */
  async open(process: SimProcess, known: readonly Topic[] = topics): Promise<Waybill> {
    const link = (name: Service['name']): Link => new Link(process, this.services[name], this.faults);
    const [store, broker, channel, agent] = [link('store'), link('broker'), link('channel'), link('agent')];
    this.links.set(process, [store, broker, channel, agent]);
    const ports: Ports = {
      store: this.store.open(store, process),
      broker: new SimBroker(this.broker, broker, process),
      channel: new SimChannel(this.channel, channel, process),
    };
    const effects = effectsOf(
      process,
      this.agent,
      agent,
      () => !this.#isCalm && process.random.chance(this.faults.agentFails),
    );
    const options = {
      ports: this.#mutant?.ports?.(ports, process) ?? ports,
      plugins: [pluginOf(process, effects, known)],
      settings: this.settings,
      runtime: process.runtime,
      points: process.points,
      log: (level: string, event: string, fields: Readonly<Record<string, unknown>>) => {
        if (this.world.timeline === undefined) return;
        this.world.tell(process.name, `log ${level} ${event} ${JSON.stringify(fields)}`);
      },
    };
    for (;;) {
      try {
        return new Waybill(await openEngine(options));
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        await sleep(process.runtime, 50);
      }
    }
  }

  /** The store alone, with what the workload keeps in it. */
  async openStore(process: SimProcess): Promise<DocumentStore> {
    const link = new Link(process, this.services.store, this.faults);
    this.links.set(process, [link]);
    const store = this.store.open(link, process);
    for (;;) {
      try {
        await store.prepare(touchedCollections);
        return store;
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        await sleep(process.runtime, 50);
      }
    }
  }

  #journaled(): JournaledBackend {
    const random = this.random.fork('journal');
    const faults = drawJournalFaults(random, {
      kind: kindOf(this.faults),
      isOver: () => this.#isCalm,
    });
    const settings = drawJournalSettings(random);
    this.world.tell('world', `journal ${JSON.stringify({ ...faults, ...settings })}`);
    const disguise = this.#mutant?.documents ?? ((documents) => documents);
    return new JournaledBackend({ world: this.world, faults, settings, disguise });
  }
}
