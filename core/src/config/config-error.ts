import { ConfigError } from '../errors.ts';
import type { ConfigProblem } from './config-problem.ts';
import { describeOrigin, type Origin } from './origin.ts';

/** One error for all problems: `2 problems in waybill.config.json`, then each with its place, reason and fix. */
export const configError = (problems: readonly ConfigProblem[], source: string): ConfigError => {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const cause = problems.find((problem) => problem.cause !== undefined)?.cause;
  return new ConfigError(`${count} in ${source}\n${describeProblems(problems, source)}`, {
    problems,
    facts: { problems: problems.length },
    ...(cause === undefined ? {} : { cause }),
  });
};

/** Lines for people, aligned: path, what is wrong, where; below it what is known and how to mend it. */
export const describeProblems = (problems: readonly ConfigProblem[], source: string): string => {
  const width = Math.min(widestPath, Math.max(0, ...problems.map((problem) => problem.path.length)));
  return problems.flatMap((problem) => describeProblem(problem, width, source)).join('\n');
};

const widestPath = 28;
const placeColumn = 76;

const describeProblem = (problem: ConfigProblem, width: number, source: string): readonly string[] => {
  const { message, origin, notes = [], suggestion, fix } = problem;
  const path = printable(problem.path).slice(0, longestPath);
  const [firstLine = '', ...moreLines] = message.split('\n');
  const question = suggestion === undefined ? '' : `. Did you mean ${JSON.stringify(suggestion)}?`;
  const start = path === '' ? '  ' : `  ${path.padEnd(width)}  `;
  const head = `${start}${firstLine}${moreLines.length > 0 ? '' : question}`;
  const place = origin === undefined ? '' : placeIn(origin, source);
  const below = [...moreLines, ...(isInline(place) ? [] : [`from ${place}`]), ...notes];
  if (fix !== undefined) below.push(`fix: ${fix}`);
  const indent = ' '.repeat(path === '' ? 4 : width + 4);
  const lines = [
    isInline(place) && place !== '' ? `${head.padEnd(placeColumn)} ${place}` : head,
    ...below.map((line) => `${indent}${line}`),
  ];
  return lines.map(printable);
};

const longestPath = 120;

/** A key of a hostile config must not steer the terminal, nor begin a line of the log. */
const printable = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(
      /[\p{Cc}\u2028\u2029]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

/** `:4:18` if the place is in the file that the headline names; nothing if that is all that can be said. */
const placeIn = (origin: Origin, source: string): string => {
  const place = describeOrigin(origin);
  if (origin.kind !== 'file' || origin.file !== source) return origin.kind === 'code' ? '' : place;
  return place.slice(source.length);
};

const isInline = (place: string): boolean => place === '' || place.startsWith(':');
