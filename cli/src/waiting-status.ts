import type { TaskEvent, TaskHandle, Waybill } from '@waybill/core';
import { progressText } from './describe-task.ts';
import { durationText } from './duration-text.ts';
import type { Output } from './output.ts';
import { yellow } from './styled.ts';

const redrawMs = 250;
/** A worker takes a task within milliseconds; whoever waits longer may wait for nobody. */
const lonelyMs = 3_000;

/** While a task is waited for: where it stands, on a terminal; and a word if nobody is there to work on it. */
export const waitingStatus = (
  output: Output,
  waybill: Waybill,
  task: TaskHandle,
): { onEvent(event: TaskEvent): void; end(): void } => {
  const begun = performance.now();
  let stands = 'available';
  const draw = (): void => output.status(`${task.id}  ${stands}  ${durationText(performance.now() - begun)}`);
  draw();
  const redraw = setInterval(draw, redrawMs);
  const lonely = setTimeout(() => void warnIfAlone(output, waybill), lonelyMs);
  return {
    onEvent: (event) => {
      if (event.type === 'started') clearTimeout(lonely);
      stands = standing(event) ?? stands;
      draw();
    },
    end: () => {
      clearInterval(redraw);
      clearTimeout(lonely);
    },
  };
};

const standing = (event: TaskEvent): string | undefined => {
  switch (event.type) {
    case 'started':
      return `in-progress, attempt ${event.attempt}`;
    case 'progress':
      return `in-progress  ${progressText(event)}`;
    case 'attempt-failed':
      return `attempt ${event.failure.attempt} failed: ${event.failure.message}`;
    case 'submitted':
    case 'log':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return undefined;
  }
};

const warnIfAlone = async (output: Output, waybill: Waybill): Promise<void> => {
  // Only a hint: a store that cannot be asked is told of by whoever waits.
  const servers = await waybill.queues.servers().catch(() => undefined);
  if (servers === undefined || servers.length > 0) return;
  output.note(yellow('! '), 'no worker is running, so nobody takes the task');
  output.next('in another terminal: waybill up');
};
