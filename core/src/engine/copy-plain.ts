import { setField } from '../contract/set-field.ts';
import { PayloadError } from '../errors.ts';
import type { Json } from '../json.ts';
import { oneLine } from './one-line.ts';
import type { PayloadLimits } from './settings.ts';

export interface PlainCopy {
  readonly copy: Json;
  /** Its JSON is at most so many bytes; it may be far less. */
  readonly mostBytes: number;
}

/**
 * Reads a value once, and copies it without what is `undefined`. Throws a `PayloadError` for what is no JSON, has
 * too many keys, is too deep, has forbidden keys or text that is no valid Unicode. How large it is is not judged.
 */
export const copyPlain = (value: unknown, what: string, limits: PayloadLimits): PlainCopy => {
  if (value === undefined) throw refused(what, 'is undefined', 'null stands for nothing');
  const copier = new Copier(what, limits);
  return { copy: copier.copy(value), mostBytes: copier.mostBytes };
};

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
/** A character becomes `\u001f` at worst; 25 is the longest number. */
const [mostPerCharacter, mostPerNumber, punctuation] = [6, 25, 4];

class Copier {
  mostBytes = 0;
  readonly #what: string;
  readonly #limits: PayloadLimits;
  readonly #path: (string | number)[] = [];
  #keys = 0;

  constructor(what: string, limits: PayloadLimits) {
    this.#what = what;
    this.#limits = limits;
  }

  copy(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        if (!value.isWellFormed())
          throw this.#refused('holds a lone surrogate', 'text must be valid Unicode');
        this.mostBytes += value.length * mostPerCharacter + punctuation;
        return value;
      case 'boolean':
        this.mostBytes += mostPerNumber;
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw this.#refused(`holds ${value}`, 'numbers must be finite');
        if (Object.is(value, -0)) throw this.#refused('holds -0', 'JSON cannot carry a negative zero');
        this.mostBytes += mostPerNumber;
        return value;
      case 'object':
        this.mostBytes += mostPerNumber;
        return value === null ? null : this.#copyObject(value);
      case 'bigint':
        throw this.#refused('holds a bigint', 'put text in its place, such as String(it)');
      default:
        throw this.#refused(`holds a ${typeof value}`, 'put a JSON value in its place');
    }
  }

  #copyObject(value: object): Json {
    const { depth } = this.#limits;
    if (this.#path.length >= depth)
      throw this.#refused(`is nested deeper than ${depth}, or holds itself`, 'flatten it');
    if ('toJSON' in value && typeof value.toJSON === 'function')
      throw this.#refused('has a toJSON', 'put what that answers in its place, such as date.toISOString()');
    if (Array.isArray(value)) return this.#copyItems(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw this.#refused(`holds ${kindOf(prototype)}`, 'use plain objects, e.g. dates as ISO text');
    return this.#copyFields(value as Readonly<Record<string, unknown>>);
  }

  /** By index, so that a hole is seen. */
  #copyItems(items: readonly unknown[]): Json {
    this.#count(items.length);
    const copy: Json[] = [];
    for (let i = 0; i < items.length; i++) {
      this.#path.push(i);
      copy.push(this.copy(items[i]));
      this.#path.pop();
    }
    return copy;
  }

  #copyFields(fields: Readonly<Record<string, unknown>>): Json {
    const copy: Record<string, Json> = {};
    const names = Object.keys(fields);
    this.#count(names.length);
    for (const name of names) {
      if (forbidden.has(name)) throw this.#refused(`has the key ${name}`, 'rename it');
      if (!name.isWellFormed()) throw this.#refused('has a key with a lone surrogate', 'rename it');
      const field = fields[name];
      if (field === undefined) continue;
      this.mostBytes += name.length * mostPerCharacter + punctuation;
      this.#path.push(name);
      setField(copy, name, this.copy(field));
      this.#path.pop();
    }
    return copy;
  }

  #count(more: number): void {
    this.#keys += more;
    const { keys } = this.#limits;
    if (this.#keys > keys) throw refused(this.#what, `has more than ${keys} keys and items`, 'split it');
  }

  #refused(problem: string, fix: string): PayloadError {
    const path = this.#path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
    return refused(this.#what, `${problem} at $${path.join('')}`, fix);
  }
}

/** Keys are named, values never are. */
export const refused = (what: string, problem: string, fix: string): PayloadError =>
  new PayloadError(oneLine(`${what} ${problem}`, 400), { fix });

const kindOf = (prototype: unknown): string => {
  const made = Reflect.get(Object(prototype), 'constructor') as unknown;
  return typeof made === 'function' && made !== Object ? `a ${made.name}` : 'an object that inherits';
};
