import * as fc from 'fast-check';
import { hostileNumbers, hostileTexts, unfit } from './corpus.fixture.ts';

/** Stands in every text of a hostile value, so that a message that repeats the value is found out. */
export const canary = 'canary-5e1f';

/** Text of the corpus, or any text. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.tuple(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileTexts)).map((texts) => texts.join('')),
);

/** Such text as a value: with the canary in it. */
const hostileTextValue = hostileText.map((text) => `${canary}${text}`);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(fc.constantFrom(...hostileNumbers), fc.double());

/** Objects as `JSON.parse` makes them: with own keys of any name. */
const objectOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .array(fc.tuple(fc.oneof({ weight: 3, arbitrary: fc.string() }, hostileText), value), { maxLength: 5 })
    .map((entries) => {
      const made = {};
      for (const [key, item] of entries)
        Object.defineProperty(made, key, {
          value: item,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      return made;
    });

const scalar = fc.oneof(hostileTextValue, hostileNumber, fc.integer(), fc.boolean(), fc.constant(null));

/** What a JSON text can say, and numbers that it cannot. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    objectOf(tie('value')),
  ),
})).value;

/** JSON without anything that has to be refused. */
export const plainJson: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });

/** A value, or the name of one of the corpus: some of those nobody can print, or even look at. */
export type Given = { readonly value: unknown } | { readonly unfit: string; readonly held: boolean };

/** Anything a program can pass. The unfit are rare: some cost as much as a thousand others. */
export const hostileGiven: fc.Arbitrary<Given> = fc.oneof(
  { weight: 80, arbitrary: hostileJson.map((value) => ({ value })) },
  { weight: 40, arbitrary: plainJson.map((value) => ({ value })) },
  { weight: 1, arbitrary: fc.record({ unfit: fc.constantFrom(...Object.keys(unfit)), held: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ value: undefined }) },
);

export const valueOf = (given: Given): unknown => {
  if ('value' in given) return given.value;
  const value = unfit[given.unfit]?.(canary);
  return given.held ? { a: [value] } : value;
};
