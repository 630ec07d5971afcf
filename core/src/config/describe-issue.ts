import type { z } from 'zod';
import type { ConfigProblem } from './config-problem.ts';
import { didYouMean } from './did-you-mean.ts';
import { redactedValue } from './redact.ts';

type Issue = z.core.$ZodIssue;

/** What zod found, before it is known where the value came from. */
export interface Described extends Omit<ConfigProblem, 'path' | 'origin'> {
  readonly path: readonly PropertyKey[];
  /** A key beside this one that the problem is about, too. */
  readonly other?: string;
}

/** What there is to know of the config around an issue. */
export interface Surroundings {
  valueAt(path: readonly PropertyKey[]): unknown;
  /** The names of the keys that are known at this path. */
  keysAt(path: readonly PropertyKey[]): readonly string[];
}

/** What zod found in our words: one entry for each key and value that is wrong. */
export const describeIssues = (
  error: z.core.$ZodError | undefined,
  around: Surroundings,
): readonly Described[] => {
  const all = (error?.issues ?? []).flatMap((issue) => describeIssue(issue, around));
  // That two values do not fit together says nothing new if one of them is wrong by itself.
  return all.filter(
    ({ path, other }) =>
      other === undefined ||
      !all.some((each) => each.other === undefined && isSibling(each.path, path, other)),
  );
};

const isSibling = (path: readonly PropertyKey[], of: readonly PropertyKey[], name: string): boolean =>
  path.length === of.length &&
  path.every((key, index) => key === of[index] || (index === path.length - 1 && key === name));

const describeIssue = (issue: Issue, around: Surroundings): readonly Described[] => {
  const value = around.valueAt(issue.path);
  const shown = redactedValue(issue.path, value);
  const about = (message: string, more: Partial<Described> = {}): readonly Described[] => [
    { path: issue.path, message, ...more },
  ];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey([...issue.path, key], around));
  if (value === undefined && issue.code !== 'custom') return about('is missing');
  switch (issue.code) {
    case 'invalid_type':
      return about(`${shown} is no ${nounOf(issue.expected)}`);
    case 'too_small':
      return about(`${measured(shown, issue.origin)} is ${lessOf(issue.origin)} than ${issue.minimum}`);
    case 'too_big':
      return about(`${measured(shown, issue.origin)} is ${moreOf(issue.origin)} than ${issue.maximum}`);
    case 'invalid_value':
      return about(
        `${shown} is not one of ${issue.values.map(String).join(', ')}`,
        suggested(value, issue.values),
      );
    case 'invalid_union':
      return describeUnion(issue, around) ?? about(sentence(shown, value, issue.message));
    case 'custom':
      if (issue.params?.['whole'] === true)
        return about(issue.message, { other: String(issue.params['with']) });
      return about(sentence(shown, value, issue.message));
    default:
      return about(sentence(shown, value, issue.message));
  }
};

const unknownKey = (path: readonly PropertyKey[], around: Surroundings): Described => {
  const siblings = around.keysAt(path.slice(0, -1));
  const suggestion = didYouMean(String(path.at(-1)), siblings);
  return {
    path,
    message: 'is not a known key',
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(siblings.length === 0 ? {} : { fix: `use one of ${siblings.join(', ')}` }),
  };
};

/** A branch that fits but for deeper mistakes says more than "none of these". */
const describeUnion = (
  issue: Extract<Issue, { code: 'invalid_union' }>,
  around: Surroundings,
): readonly Described[] | undefined => {
  const nearest = issue.errors.find(
    (issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0),
  );
  if (nearest !== undefined) {
    return nearest.flatMap((nested) =>
      describeIssue({ ...nested, path: [...issue.path, ...nested.path] }, around),
    );
  }
  if (issue.message !== 'Invalid input') return undefined;
  const expected = issue.errors
    .flat()
    .flatMap((nested) => ('expected' in nested ? [nounOf(nested.expected)] : []));
  if (expected.length === 0) return undefined;
  const shown = redactedValue(issue.path, around.valueAt(issue.path));
  return [{ path: issue.path, message: `${shown} is no ${[...new Set(expected)].join(' or ')}` }];
};

/** What is no text is no slip of the pen, and a hostile object is not to be made one. */
const suggested = (value: unknown, choices: readonly unknown[]): Partial<Described> => {
  if (typeof value !== 'string') return {};
  const suggestion = didYouMean(value, choices.map(String));
  return suggestion === undefined ? {} : { suggestion };
};

const nouns: Readonly<Record<string, string>> = {
  int: 'whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'list',
  record: 'object',
};
const nounOf = (expected: string): string => nouns[expected] ?? expected;

const measured = (shown: string, origin: string): string =>
  origin === 'string' ? `the length of ${shown}` : origin === 'array' ? 'the number of items' : shown;
const lessOf = (origin: string): string => (origin === 'string' ? 'shorter' : 'smaller');
const moreOf = (origin: string): string => (origin === 'string' ? 'longer' : 'larger');

const sentence = (shown: string, value: unknown, message: string): string => {
  if (typeof value === 'object') return message;
  return `${shown}${message.startsWith('is ') ? ' ' : ': '}${message}`;
};
