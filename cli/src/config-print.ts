import { explainConfig, loadConfig } from '@waybill/core';
import type { Action } from './call.ts';
import { dim } from './styled.ts';

interface Options {
  readonly origins?: boolean;
}

export const printConfig: Action<Options> = async (invocation, { options: { origins = false } }) => {
  const { output } = invocation;
  const { create: _, ...source } = invocation.source();
  const loaded = await loadConfig(source);
  const keys = explainConfig(loaded);
  if (output.json) {
    output.document({ file: loaded.file ?? null, keys });
    return undefined;
  }
  const shown = keys.map((key) => {
    const value = key.origin === 'default' ? dim(key.value) : key.value;
    return origins ? [key.path, value, key.origin, dim(key.variable)] : [key.path, value];
  });
  output.table(
    [
      { title: 'KEY' },
      { title: 'VALUE', cut: true },
      ...(origins ? [{ title: 'ORIGIN', cut: true }, { title: 'VARIABLE' }] : []),
    ],
    shown,
  );
  output.note(dim(loaded.file ?? 'no config file: the defaults'));
  if (!origins) output.next('where each value comes from: waybill config print --origins');
  return undefined;
};
