import { type Command, Option } from 'commander';
import type { Act } from './call.ts';

export const addAdminCommands = (program: Command, act: Act): void => {
  addConfigCommands(program, act);
  addAdapterCommands(program, act);
  program
    .command('doctor')
    .description('check Node, config, plugins, backends, clocks, workers and stuck tasks')
    .helpGroup('Admin:')
    .action(act(async () => (await import('./doctor.ts')).examine));
};

const addConfigCommands = (program: Command, act: Act): void => {
  const config = program.command('config').description('check and print the config').helpGroup('Admin:');
  config
    .command('check')
    .description('load the config and its plugins, and say everything that is wrong; opens no backend')
    .action(act(async () => (await import('./config-check.ts')).checkConfig));
  config
    .command('print')
    .description('print every key with its value; secrets are hidden')
    .option('--origins', 'also where each value comes from, and the variable that sets it')
    .action(act(async () => (await import('./config-print.ts')).printConfig));
};

const portOption = (): Option =>
  new Option('--port <port>', 'only this port').choices(['broker', 'channel', 'store']);

const addAdapterCommands = (program: Command, act: Act): void => {
  const adapter = program
    .command('adapter')
    .description('see what the technologies can do, and prove it')
    .helpGroup('Admin:');
  adapter
    .command('list')
    .description('the technologies that are in use, installed and available')
    .action(act(async () => (await import('./adapter-list.ts')).listAdapters));
  adapter
    .command('capabilities')
    .description('what a technology declares to keep')
    .argument('[technology]', 'its name, package or path (default: those of the config)')
    .addOption(portOption())
    .action(act(async () => (await import('./adapter-capabilities.ts')).showCapabilities));
  adapter
    .command('test')
    .description('run the conformance kit against a technology')
    .argument('[technology]', 'its name, package or path (default: those of the config)')
    .addOption(portOption())
    .action(act(async () => (await import('./adapter-test.ts')).testAdapter));
};
