import type { Expectation } from '@waybill/core';
import type { RawDocument } from './raw-document.ts';

/** Whether it holds of this document, apart from intents. */
export const holds = (
  expectation: Exclude<Expectation, { kind: 'range' }>,
  there: RawDocument | undefined,
): boolean => {
  const fields = there?.fields;
  switch (expectation.kind) {
    case 'absent':
      return fields === undefined;
    case 'version':
      return fields !== undefined && there?.version === expectation.version;
    case 'fields':
      return (
        fields !== undefined &&
        Object.entries(expectation.fields).every(
          ([name, wanted]) => (Object.hasOwn(fields, name) ? (fields[name] ?? null) : null) === wanted,
        )
      );
  }
};
