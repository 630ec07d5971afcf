import type { ContainerModule } from 'inversify';
import type { z } from 'zod';
import type { TaskBroker } from './broker.ts';
import type { MessageChannel } from './channel.ts';
import type { DocumentStore } from './store.ts';

export interface Ports {
  readonly broker: TaskBroker;
  readonly channel: MessageChannel;
  readonly store: DocumentStore;
}
export type PortName = keyof Ports;

/** A name in the container. `Symbol.for`, so that two copies of core still agree; the type rides along. */
export type Token<T> = symbol & { readonly __type?: T };
export const token = <T>(name: string): Token<T> => Symbol.for(`waybill/${name}`);

/** What an adapter's module binds: exactly the token of its port. */
export const portTokens: { readonly [P in PortName]: Token<Ports[P]> } = {
  broker: token<TaskBroker>('TaskBroker'),
  channel: token<MessageChannel>('MessageChannel'),
  store: token<DocumentStore>('DocumentStore'),
};

/** One finding of `Adapter.inspect`: what is wrong with a backend's set-up, and the one line that mends it. */
export interface Finding {
  readonly level: 'refuse' | 'warn';
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** What a backend says of itself, for `doctor`, `adapter capabilities` and test reports. */
export interface Inspection {
  /** Name and version of the server or library that is live: `SQLite 3.53.4`. */
  readonly server: string;
  readonly findings: readonly Finding[];
}

/** One technology behind one port: its name, its options and how to make it. The default export of its package. */
export interface Adapter<P extends PortName = PortName, Options extends z.ZodType = z.ZodType> {
  readonly port: P;
  /** The technology: `use: 'redis'` finds it in `@waybill/<port>-redis`. */
  readonly name: string;
  /** Everything but `use` of its section in the config; a strict object. */
  readonly options: Options;
  /** Binds `portTokens[port]`, in singleton scope, opened on first use. Opens nothing by itself. */
  module(options: z.output<Options>): ContainerModule;
  /** Looks at the live backend: version, and settings that would break a promise. */
  inspect(options: z.output<Options>): Promise<Inspection>;
}

export const defineAdapter = <P extends PortName, Options extends z.ZodType>(
  adapter: Adapter<P, Options>,
): Adapter<P, Options> => adapter;
