import type { LogLine, Opened } from '@waybill/core';
import type { Action } from './call.ts';
import { levelPart, logText } from './event-view.ts';
import { findTask, type TaskOptions } from './find-task.ts';
import { followTask } from './follow-task.ts';
import type { Output } from './output.ts';
import { dim } from './styled.ts';
import { isoOf } from './task-view.ts';

interface Options extends TaskOptions {
  readonly after?: number;
  readonly follow?: boolean;
}

export const printLogs: Action<Options> = (invocation, call) => {
  const print = async ({ waybill }: Opened): Promise<undefined> => {
    const { output } = invocation;
    const ref = await findTask(waybill, call);
    const { after = 0, follow = false } = call.options;
    let lines = 0;
    const tell = (line: LogLine): void => {
      lines++;
      printLine(output, line);
    };
    if (follow) {
      const onEvent = (event: { readonly type: string }): void => {
        if (isLine(event)) tell(event);
      };
      await followTask(invocation, waybill, ref, { after, onEvent });
    } else for await (const line of waybill.logs(ref.id, { tenant: ref.tenant, after })) tell(line);
    if (lines === 0) output.note('no log lines: a handler writes them with work.log.info(…)');
    return undefined;
  };
  return call.options.follow === true ? invocation.withStoreAndChannel(print) : invocation.withStore(print);
};

const isLine = (event: { readonly type: string }): event is LogLine & { readonly type: 'log' } =>
  event.type === 'log';

const printLine = (output: Output, { seq, at, level, message, fields }: LogLine): void => {
  if (output.json) {
    output.record({ seq, at: isoOf(at), level, message, ...(fields === undefined ? {} : { fields }) });
    return;
  }
  const told = logText(fields === undefined ? { message } : { message, fields });
  output.data(dim(isoOf(at).slice(11, 23)), '  ', levelPart(level), '  ', told);
};
