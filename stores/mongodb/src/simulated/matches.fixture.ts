import { at, compare, type Doc, isDoc, sameType, textOf } from './bson-values.fixture.ts';

/** As MongoDB matches, lists included, as far as we ask. Throws for what we do not. */
export const matches = (document: Doc, filter: Doc): boolean =>
  Object.entries(filter).every(([path, condition]) => {
    if (path === '$or') return (condition as Doc[]).some((each) => matches(document, each));
    if (path === '$and') return (condition as Doc[]).every((each) => matches(document, each));
    return matchesValue(at(document, path), condition);
  });

const matchesValue = (value: unknown, condition: unknown): boolean => {
  const isOperators = isDoc(condition) && Object.keys(condition).some((name) => name.startsWith('$'));
  if (!isOperators) return anyOf(value, (each) => equals(each, condition));
  return Object.entries(condition as Doc).every(([operator, wanted]) => holds(value, operator, wanted));
};

const anyOf = (value: unknown, test: (value: unknown) => boolean): boolean =>
  test(value) || (Array.isArray(value) && value.some(test));

const equals = (value: unknown, wanted: unknown): boolean =>
  wanted === null
    ? value === null || value === undefined
    : sameType(value, wanted) &&
      (typeof wanted === 'object' && !(wanted instanceof Date)
        ? textOf(value) === textOf(wanted)
        : compare(value, wanted) === 0);

const ordered = (value: unknown, wanted: unknown, test: (order: number) => boolean): boolean =>
  anyOf(value, (each) => sameType(each, wanted) && test(compare(each, wanted)));

const holds = (value: unknown, operator: string, wanted: unknown): boolean => {
  switch (operator) {
    case '$eq':
      return anyOf(value, (each) => equals(each, wanted));
    case '$in':
      return (wanted as unknown[]).some((one) => anyOf(value, (each) => equals(each, one)));
    case '$gt':
      return ordered(value, wanted, (order) => order > 0);
    case '$gte':
      return ordered(value, wanted, (order) => order >= 0);
    case '$lt':
      return ordered(value, wanted, (order) => order < 0);
    case '$lte':
      return ordered(value, wanted, (order) => order <= 0);
    case '$exists':
      return (value !== undefined) === wanted;
    case '$not':
      return !matchesValue(value, wanted);
    case '$type':
      return wanted === 'array' && Array.isArray(value);
    default:
      throw new Error(`the simulated server knows no ${operator}`);
  }
};
