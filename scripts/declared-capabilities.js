// What every adapter of this repository declares, as it is when opened (servers are not started for this).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Container } from 'inversify';

const technologies = {
  store: ['memory', 'sqlite'],
  broker: ['memory', 'sqlite'],
  channel: ['memory', 'sqlite'],
};

export async function declaredCapabilities() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-capabilities-'));
  const declared = {};
  for (const [port, names] of Object.entries(technologies)) {
    declared[port] = {};
    for (const name of names) {
      const { default: adapter } = await import(`@waybill/${port}-${name}`);
      const options = adapter.options.parse(name === 'sqlite' ? { file: join(folder, 'waybill.db') } : {});
      const container = new Container();
      container.load(adapter.module(options));
      const opened = await container.getAsync(Symbol.for(`waybill/${classOf[port]}`));
      declared[port][name] = opened.capabilities;
      await opened.close();
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return declared;
}

const classOf = { store: 'DocumentStore', broker: 'TaskBroker', channel: 'MessageChannel' };
