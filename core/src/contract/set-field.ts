import type { Json } from '../json.ts';

/** `fields[name] = value`, also for `__proto__`, where that would set a prototype. */
export const setField = (fields: Record<string, Json>, name: string, value: Json): void => {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
};
