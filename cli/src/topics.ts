import type { Opened } from '@waybill/core';
import type { Output } from './output.ts';
import { yellow } from './styled.ts';

export const topicsOf = ({ waybill }: Pick<Opened, 'waybill'>): readonly string[] =>
  [...waybill.engine.registry.handlers.keys()].toSorted();

/** A worker without plugins takes every task all the same, and can only put off those whose topic it does not know. */
export const warnWithoutPlugins = (output: Output, { loaded }: Pick<Opened, 'loaded'>): void => {
  if (loaded.config.plugins.length > 0) return;
  output.problem(yellow('! '), 'no plugin is loaded: only tasks of the topics document.* are run here');
  output.next(`name yours in waybill.config.ts: plugins: ['./handlers']`);
};
