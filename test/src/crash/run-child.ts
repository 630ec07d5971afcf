import type { Call } from './processes/child.ts';
import { type Ending, startChild } from './start-child.ts';

/** A child process from its beginning to its end, which is made if it does not come within the limit. */
export const runChild = async (call: Call, limitMs: number): Promise<Ending> => {
  const child = startChild(call);
  const timer = setTimeout(() => child.kill('SIGTERM'), limitMs);
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
  }
};

export const describeEnding = ({ code, signal, said }: Ending): string =>
  `${signal ?? `exit ${code}`}${said === '' ? '' : `; it said:\n${said}`}`;
