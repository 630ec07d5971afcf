import { isWaybillError } from '@waybill/core';
import type { Amendment } from './amendment.ts';
import type { SureAnswer } from './patient-writer.ts';
import type { SingleDocuments } from './single-documents.ts';

/**
 * Sends writes that must not be sent twice. Where there is no answer, a document that has the stamp of its write tells
 * that it was done; of any other one it is `unknown`: the write may have been overtaken, or still be on its way.
 * Throws an `InDoubtError` if that cannot be seen either. A backend out of reach is `missed`.
 */
export const sendOnce = async (
  documents: SingleDocuments,
  amendments: readonly Amendment[],
): Promise<readonly SureAnswer[]> => {
  if (amendments.length === 0) return [];
  try {
    return await documents.write(amendments);
  } catch (error) {
    if (!isWaybillError(error) || !error.retryable) throw error;
    if (error.code !== 'WB_IN_DOUBT') return amendments.map(() => 'missed');
    const there = await documents.read(amendments.map(({ key }) => key)).catch(() => {
      throw error;
    });
    return amendments.map(({ stamp }, i) => (there[i]?.stamp === stamp ? 'done' : 'unknown'));
  }
};
