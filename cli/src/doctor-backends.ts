import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadedConfig, PortName } from '@waybill/core';
import { type Check, fail, failureOf, ok, warn } from './doctor-check.ts';
import { exitCodes } from './exit-code.ts';

const ports = ['store', 'broker', 'channel'] as const satisfies readonly PortName[];

/** What each live backend says of itself, and the room of the disks that files of ours are on. */
export const backendChecks = async (loaded: LoadedConfig): Promise<readonly Check[]> => {
  const inspected = await Promise.all(ports.map((port) => inspectPort(loaded, port)));
  const files = new Set(
    ports.map((port) => loaded.config[port]['file']).filter((file) => typeof file === 'string'),
  );
  const disks = await Promise.all([...files].map(diskCheck));
  return [...inspected.flat(), ...disks];
};

const inspectPort = async ({ adapters }: LoadedConfig, port: PortName): Promise<readonly Check[]> => {
  const { adapter } = adapters[port];
  try {
    const { server, findings } = await adapters[port].inspect();
    const found = findings.map(({ level, code, message, fix }) =>
      level === 'warn'
        ? warn(port, `${message} (${code})`, fix)
        : fail(port, `${message} (${code})`, fix, exitCodes.config),
    );
    return findings.some(({ level }) => level === 'refuse')
      ? found
      : [ok(port, `${adapter.name}  ${server}`), ...found];
  } catch (error) {
    return [failureOf(port, error)];
  }
};

const megabyte = 1_048_576;
const tight = 500 * megabyte;
const full = 20 * megabyte;

const diskCheck = async (file: string): Promise<Check> => {
  const { bavail, bsize } = await statfs(dirname(file));
  const free = bavail * bsize;
  const message = `${Math.floor(free / megabyte)} MB free for ${file}`;
  const fix = 'make room, or move the file: --set store.file=PATH';
  if (free < full) return fail('disk', message, fix, exitCodes['task-failed']);
  return free < tight ? warn('disk', message, fix) : ok('disk', message);
};
