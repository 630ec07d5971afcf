import type { DocumentsCase } from './documents-case.ts';
import { findCases } from './find-cases.ts';
import { writeCases } from './write-cases.ts';

/** What the protocol relies on: for authors of backends. */
export const documentsCases: readonly DocumentsCase[] = [...writeCases, ...findCases];
