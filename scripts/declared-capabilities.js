// What every adapter of this repository declares, as it is when opened. Servers are not started for this: the package of
// an adapter that needs one exports `declaredCapabilities`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Container } from 'inversify';

const technologies = {
  store: ['memory', 'sqlite', 'redis', 'mongodb'],
  broker: ['memory', 'sqlite', 'redis', 'rabbitmq', 'kafka'],
  channel: ['memory', 'sqlite', 'redis', 'rabbitmq', 'kafka'],
};

export async function declaredCapabilities() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-capabilities-'));
  const declared = {};
  for (const [port, names] of Object.entries(technologies)) {
    declared[port] = {};
    for (const name of names) {
      const loaded = await import(`@waybill/${port}-${name}`);
      declared[port][name] = loaded.declaredCapabilities ?? (await whenOpen(loaded.default, folder));
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return declared;
}

async function whenOpen(adapter, folder) {
  const options = adapter.name === 'sqlite' ? { file: join(folder, 'waybill.db') } : {};
  const container = new Container();
  container.load(adapter.module(adapter.options.parse(options)));
  const opened = await container.getAsync(Symbol.for(`waybill/${classOf[adapter.port]}`));
  await opened.close();
  return opened.capabilities;
}

const classOf = { store: 'DocumentStore', broker: 'TaskBroker', channel: 'MessageChannel' };
