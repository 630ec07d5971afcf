import type { TaskEvent } from '@waybill/core';
import { progressText } from './describe-task.ts';
import { dim, green, type Part, red, yellow } from './styled.ts';
import { isoOf, viewFailure } from './task-view.ts';

/** An event as `--json` prints it: core's, with instants in ISO 8601. */
export const viewEvent = (event: TaskEvent): object => ({
  ...event,
  at: isoOf(event.at),
  ...(event.type === 'attempt-failed' ? { failure: viewFailure(event.failure) } : {}),
});

/** An event in a line, for people. */
export const eventLine = (event: TaskEvent): readonly Part[] => {
  const [kind, text] = toldBy(event);
  return [dim(isoOf(event.at).slice(11, 23)), '  ', kind, ...(text === '' ? [] : ['  ', text])];
};

const toldBy = (event: TaskEvent): readonly [Part, Part] => {
  switch (event.type) {
    case 'submitted':
      return ['submitted', ''];
    case 'started':
      return ['started', `attempt ${event.attempt}`];
    case 'log':
      return [levelPart(event.level), logText(event)];
    case 'progress':
      return ['progress', progressText(event)];
    case 'attempt-failed':
      return [
        red('attempt failed'),
        `${event.failure.class}  ${event.failure.code}: ${event.failure.message}`,
      ];
    case 'completed':
      return [green('completed'), ''];
    case 'failed':
      return [red('failed'), ''];
    case 'cancelled':
      return [yellow('cancelled'), ''];
  }
};

export const levelPart = (level: 'info' | 'warn' | 'error'): Part => {
  const text = level.padEnd(5);
  return level === 'info' ? text : level === 'warn' ? yellow(text) : red(text);
};

export const logText = ({
  message,
  fields,
}: {
  readonly message: string;
  readonly fields?: object;
}): string => (fields === undefined ? message : `${message}  ${JSON.stringify(fields)}`);
