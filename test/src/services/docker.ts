import type { Service } from './service.ts';
import { runCommand } from './run-command.ts';

export interface ContainerOptions {
  readonly image: string;
  /** The port inside. */
  readonly port: number;
  /** The port outside, where the server must know it. Default: a free one. */
  readonly outside?: number;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Container extends Pick<Service, 'stop'> {
  /** On the loopback interface of this machine. */
  readonly port: number;
}

/** `undefined`: there is no Docker here, or it does not answer. */
export const startContainer = async (options: ContainerOptions): Promise<Container | undefined> => {
  const { image, port, outside = '', args = [], environment = {} } = options;
  const there = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeoutMs: 5_000,
  });
  if (there.code !== 0) return undefined;
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const started = await runCommand(
    'docker',
    ['run', '--detach', '--rm', '--publish', `127.0.0.1:${outside}:${port}`, ...variables, image, ...args],
    { timeoutMs: 300_000 },
  );
  if (started.code !== 0) throw new Error(`docker could not start ${image}: ${started.output.trim()}`);
  const id = started.output.trim().split('\n').at(-1) ?? '';
  const stop = async (): Promise<void> => {
    await runCommand('docker', ['stop', '--time', '1', id]);
  };
  const published = await runCommand('docker', ['port', id, String(port)]);
  const told = /:(\d+)\s*$/m.exec(published.output)?.[1];
  if (told === undefined) {
    await stop();
    throw new Error(`docker tells no port for ${image}: ${published.output.trim()}`);
  }
  return { port: Number(told), stop };
};
