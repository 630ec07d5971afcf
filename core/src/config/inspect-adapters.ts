import type { Finding, Inspection, PortName } from '../adapter.ts';
import type { AdapterChoice } from './adapter-choice.ts';
import type { ConfigProblem } from './config-problem.ts';

export interface Inspections {
  readonly servers: { readonly [P in PortName]: Inspection };
  /** Settings of the live backends that would break a promise: a reason to refuse to start. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Looks at these live backends, all at once. Throws what an adapter throws, such as a `ConnectionError`. */
export const inspectAdapters = async (
  adapters: {
    readonly [P in PortName]: AdapterChoice<P>;
  },
  ports: readonly PortName[] = ['broker', 'channel', 'store'],
): Promise<Inspections> => {
  const inspect = (port: PortName): Promise<Inspection> | Inspection =>
    ports.includes(port) ? adapters[port].inspect() : { server: 'not opened', findings: [] };
  const inspecting = [inspect('broker'), inspect('channel'), inspect('store')] as const;
  await Promise.allSettled(inspecting); // one that does not answer must not leave the others behind, looking
  const [broker, channel, store] = await Promise.all(inspecting);
  const servers = { broker, channel, store };
  const found = (level: Finding['level']): readonly ConfigProblem[] =>
    (['broker', 'channel', 'store'] as const).flatMap((port) =>
      servers[port].findings
        .filter((finding) => finding.level === level)
        .map(({ code, message, fix }) => ({ path: port, message: `${message} (${code})`, fix })),
    );
  return { servers, problems: found('refuse'), warnings: found('warn') };
};
