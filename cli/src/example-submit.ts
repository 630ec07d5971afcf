import type { Schema, TaskType } from '@waybill/core';

/** How to submit a task here: of a topic that takes no input if there is one, since what others take is not known. */
export const exampleSubmit = (types: Iterable<TaskType>): string | undefined => {
  const own = [...types].filter(({ topic }) => !topic.startsWith('document.'));
  const easy = own.find(({ input }) => accepts(input, {}));
  if (easy !== undefined) return `npx waybill task submit ${easy.topic} '{}' --wait`;
  const [first] = own;
  if (first === undefined) return undefined;
  return `with its input as JSON: npx waybill task submit ${first.topic} INPUT --wait`;
};

/** One that answers later is not waited for. */
const accepts = (schema: Schema, value: unknown): boolean => {
  try {
    const validated = schema['~standard'].validate(value);
    if (!(validated instanceof Promise)) return validated.issues === undefined;
    validated.catch(() => undefined); // what it says is of no use any more
    return false;
  } catch {
    return false; // a schema that throws has refused
  }
};
