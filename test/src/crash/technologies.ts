import { join } from 'node:path';
import type { PortName } from '@waybill/core';

/** One run's place for its files. */
interface Place {
  readonly folder: string;
}

/** What a section of a config says, beside and with `use`. Plain JSON: it is handed to child processes. */
export type Section = Readonly<Record<string, string | number | boolean>> & { readonly use: string };

/**
 * How each technology is reached by several processes, in a namespace that belongs to one run. To add one, add its
 * line here; it must be shared between processes.
 */
const technologies: Readonly<Record<string, (place: Place, port: PortName) => Section>> = {
  sqlite: ({ folder }) => ({ use: 'sqlite', file: join(folder, 'waybill.db') }),
};

export const sectionOf = (technology: string, place: Place, port: PortName): Section => {
  const make = Object.hasOwn(technologies, technology) ? technologies[technology] : undefined;
  if (make !== undefined) return make(place, port);
  throw new Error(
    `no ${port} of technology ${technology} can be crashed; there are: ${Object.keys(technologies).join(', ')}`,
  );
};
