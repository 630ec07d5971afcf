import { type Check, fail, ok, warn } from './doctor-check.ts';
import { exitCodes } from './exit-code.ts';

/** 22.18 strips types by itself, which configs and handlers in TypeScript need. */
export const nodeCheck = (version: string): Check => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 18))
    return fail('node', `${version} is too old`, 'install Node 24', exitCodes['task-failed']);
  if (major < 24) return warn('node', `${version} works; Node 24 is what is tested most`, 'install Node 24');
  return ok('node', version);
};
