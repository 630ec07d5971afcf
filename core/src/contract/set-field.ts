import type { Json } from '../json.ts';

/** `fields[name] = value`, also for `__proto__`, where that would set a prototype. */
export const setField = <Value extends Json | undefined>(
  fields: Record<string, Value>,
  name: string,
  value: Value,
): void => {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
};
