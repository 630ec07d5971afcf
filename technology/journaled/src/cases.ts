/**
 * Conformance cases of `SingleDocuments`, for the tests of a backend:
 *
 * ```ts
 * describeConformance(documentsCases, () => harness);
 * ```
 */
export type { DocumentsCase, DocumentsWorld } from './cases/documents-case.ts';
export { documentsCases } from './cases/documents-cases.ts';
