import { setTimeout as pause } from 'node:timers/promises';
import type { OwnService, Service } from '../services/service.ts';
import { technologyNamed } from './technologies.ts';

/** The servers of some technologies, for all runs on them. Those that we have started may be killed. */
export class Servers {
  readonly #services: ReadonlyMap<string, Service>;

  /** Throws a `MissingService` where there is none to be had. */
  static async start(technologies: readonly string[]): Promise<Servers> {
    const services = new Map<string, Service>();
    const servers = new Servers(services);
    try {
      for (const name of new Set(technologies)) {
        const service = await technologyNamed(name).start?.();
        if (service !== undefined) services.set(name, service);
      }
      return servers;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  private constructor(services: ReadonlyMap<string, Service>) {
    this.#services = services;
  }

  urlOf(technology: string): string {
    return this.#services.get(technology)?.url ?? '';
  }

  /** What runs may kill. */
  get ours(): readonly OwnService[] {
    return [...this.#services.values()].filter(isOurs);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
  }
}

/** SIGKILL, and back after a while with what was on its disk. */
export const killServer = async (server: OwnService, downMs: number): Promise<void> => {
  await server.kill();
  await pause(downMs);
  await server.restart();
};

const isOurs = (service: Service): service is OwnService => 'kill' in service;
