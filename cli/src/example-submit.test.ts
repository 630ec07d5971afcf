import { defineTaskType, type Schema } from '@waybill/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { exampleSubmit } from './example-submit.ts';

const typeOf = (topic: string, input: Schema) => defineTaskType({ topic, input });
const put = typeOf('document.put', z.object({}));
const greet = typeOf('greet', z.object({ name: z.string() }));
const late = typeOf(
  'late',
  z.object({}).refine(async () => true),
);
const hostile = typeOf('hostile', {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => {
      throw new Error('no');
    },
  },
});

it('the example of `up` can be submitted as it stands where any topic takes {}', () => {
  const tidy = typeOf('tidy', z.object({ days: z.number().default(30) }));
  expect(exampleSubmit([put, greet, late, hostile, tidy])).toBe("npx waybill task submit tidy '{}' --wait");
});

it('else it says that an input is wanted', () => {
  const example = exampleSubmit([put, greet, late, hostile]);
  expect(example).toBe('with its input as JSON: npx waybill task submit greet INPUT --wait');
  expect(exampleSubmit([put])).toBeUndefined();
});
