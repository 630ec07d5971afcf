import { InvalidArgumentError } from 'commander';

/** For numbers that are typed. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };

/** `key=value`, many times. */
export const assignment = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const [, key, value] = /^([A-Za-z][\w.-]*)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return { ...before, [key]: value };
  throw new InvalidArgumentError('It is KEY=VALUE, such as queues.critical.max=4.');
};

export const repeated = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];
