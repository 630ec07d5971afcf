import type { Runtime } from '@waybill/core';
import { BackendClock } from './backend-clock.ts';
import { Batches } from './batches.ts';
import { Contention } from './contention.ts';
import { Gates } from './gates.ts';
import { IndexedFields } from './indexed-fields.ts';
import { NumberBlocks } from './numbers.ts';
import { PatientWriter } from './patient-writer.ts';
import { Reader } from './reader.ts';
import type { JournalSettings } from './settings.ts';
import type { SingleDocuments } from './single-documents.ts';
import { Sweep } from './sweep.ts';
import { Sweeper } from './sweeper.ts';
import { Tidier } from './tidier.ts';
import { Tombstones } from './tombstones.ts';
import { Validation } from './validation.ts';

export interface AssembleOptions {
  readonly runtime: Runtime;
  readonly settings: JournalSettings;
  /** Those of which this client knows by now. */
  collections(): readonly string[];
}

/** What the store asks, made of the parts of the protocol. */
export const assemble = (documents: SingleDocuments, options: AssembleOptions) => {
  const { runtime, settings, collections } = options;
  const { patienceMs, graceMs, noticeMs } = settings;
  const clock = new BackendClock(documents, runtime);
  const writer = new PatientWriter(documents, runtime);
  const numbers = new NumberBlocks(documents);
  const basics = { documents, writer, numbers, runtime, patienceMs, now: () => clock.now() };
  const contention = new Contention(basics);
  const gates = new Gates(basics);
  const reader = new Reader({ ...basics, contention, gates });
  const validation = new Validation(documents, contention, reader);
  const indexedFields = new IndexedFields({ ...basics, noticeMs });
  const tidier = new Tidier(writer);
  const tombstones = new Tombstones(documents, writer);
  const parts = {
    ...basics,
    contention,
    gates,
    validation,
    indexedFields,
    tidier,
    tombstones,
    slowestMs: graceMs / 4,
  };
  const batches = new Batches(parts, { runtime, ...settings });
  const sweep = new Sweep(documents, writer, contention);
  const sweeper = new Sweeper({ sweep, tombstones, clock, runtime, settings, collections });
  return { clock, reader, batches, indexedFields, tidier, sweeper };
};
