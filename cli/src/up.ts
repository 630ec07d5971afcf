import type { Opened, PortName } from '@waybill/core';
import { explainConfig } from '@waybill/core';
import type { Action } from './call.ts';
import { durationText } from './duration-text.ts';
import { exampleSubmit } from './example-submit.ts';
import type { Output } from './output.ts';
import { runWorker, type Settled } from './run-worker.ts';
import { typedQueues } from './scan-tasks.ts';
import { bold, dim, green, red, yellow } from './styled.ts';
import { topicsOf, warnWithoutPlugins } from './topics.ts';
import { readVersion } from './version.ts';
import { slotsOf, slotsText } from './worker-slots.ts';

interface Options {
  readonly concurrency?: number;
}

export const up: Action<Options> = async (invocation, { options: { concurrency } }) => {
  const { output } = invocation;
  const begun = performance.now();
  const opened = await invocation.open(true);
  const slots = slotsOf(opened.loaded.config, { only: typedQueues(undefined), concurrency });
  const topics = topicsOf(opened);
  printBanner(output, opened, slotsText(slots));
  warnWithoutPlugins(output, opened);
  return runWorker(invocation, opened, {
    slots,
    onReady: ({ id }) => {
      if (output.json) output.record({ event: 'ready', worker: id, pid: process.pid, slots, topics });
      const example = exampleSubmit(opened.waybill.engine.registry.handlers.values());
      output.note(
        green('Ready'),
        ` in ${durationText(performance.now() - begun)}. Try, in another terminal:`,
      );
      output.next(...(example === undefined ? [] : [example]), 'npx waybill queue status');
    },
    onSettled: (task) => tellSettled(output, task),
  });
};

const ports = ['store', 'broker', 'channel'] as const satisfies readonly PortName[];

const printBanner = (output: Output, opened: Opened, slots: string): void => {
  const { loaded, servers, guarantees, warnings, plugins } = opened;
  const fact = (name: string, ...values: readonly string[]): void =>
    output.note('  ', dim(name.padEnd(8)), ' ', values.filter((value) => value !== '').join('  '));
  output.note(bold(`waybill ${readVersion()}`), ` · node ${process.versions.node}`);
  fact('config', loaded.file ?? 'none: the defaults');
  for (const port of ports) {
    fact(port, loaded.adapters[port].adapter.name, servers[port].server, placeOf(opened, port));
  }
  fact(
    'keeps',
    `${guarantees.level}, for ${guarantees.processes} ${guarantees.processes === 'one' ? 'process' : 'processes'}`,
  );
  fact('plugins', plugins.map(({ name }) => name).join(', '));
  fact('topics', topicsOf(opened).join(', '));
  fact('queues', slots);
  for (const { message, fix } of warnings) {
    output.note(yellow('  ! '), message);
    if (fix !== undefined) output.note(`    fix: ${fix}`);
  }
};

/** The file or address of a port, as far as its options name one; passwords are hidden. */
const placeOf = ({ loaded }: Opened, port: PortName): string =>
  explainConfig(loaded).find(({ path, value }) => isPlace(path, port) && value !== 'nothing')?.value ?? '';

const isPlace = (path: string, port: PortName): boolean => path === `${port}.file` || path === `${port}.url`;

const tellSettled = (output: Output, task: Settled): void => {
  if (output.json) {
    output.record({ event: 'settled', ...task });
    return;
  }
  const { id, topic, outcome } = task;
  const part =
    outcome === 'completed' ? green(outcome) : outcome === 'failed' ? red(outcome) : yellow(outcome);
  output.note(dim(`${new Date().toISOString().slice(11, 23)}  `), part, `  ${topic}  ${id}`);
};
