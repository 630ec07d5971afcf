import type { EngineLog, Opened } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import type { DeploymentSource } from './open-waybill.ts';
import { Output } from './output.ts';
import type { StopSignal, Surroundings } from './surroundings.ts';

/** The options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

type Beside = DeploymentSource['beside'];
const both: Beside = ['broker', 'channel'];

export interface Stopping {
  readonly signal: AbortSignal;
  /** What asked first; `undefined` while nothing has. */
  readonly asked: () => StopSignal | undefined;
  readonly release: () => void;
}

/** One command as it was typed, and the world that it was typed into. */
export class Invocation {
  readonly surroundings: Surroundings;
  readonly output: Output;
  readonly options: GlobalOptions;

  constructor(surroundings: Surroundings, options: GlobalOptions) {
    this.surroundings = surroundings;
    this.options = options;
    const { json = false, quiet = false, color = true } = options;
    this.output = new Output(surroundings, { json, quiet, color });
  }

  /** Where the deployment is, for `loadConfig` and `openWaybill`. `create`: also where nothing is yet. */
  source(create = false, beside: Beside = both): DeploymentSource {
    const { cwd, env } = this.surroundings;
    const { config, set = {} } = this.options;
    return { cwd, env, flags: set, create, beside, ...(config === undefined ? {} : { file: config }) };
  }

  open(create = false, beside: Beside = both): Promise<Opened> {
    return this.surroundings.open(this.source(create, beside), this.log);
  }

  /** Opens the deployment, and closes it again whatever happens. */
  withDeployment<T>(action: (opened: Opened) => Promise<T>): Promise<T> {
    return this.#with(both, action);
  }

  /** As `withDeployment`, for what only looks: neither broker nor channel need to run. */
  withStore<T>(action: (opened: Opened) => Promise<T>): Promise<T> {
    return this.#with([], action);
  }

  /** As `withDeployment`, for what looks and waits: the broker need not run. */
  withStoreAndChannel<T>(action: (opened: Opened) => Promise<T>): Promise<T> {
    return this.#with(['channel'], action);
  }

  async #with<T>(beside: Beside, action: (opened: Opened) => Promise<T>): Promise<T> {
    const opened = await this.open(false, beside);
    let failure: unknown;
    try {
      return await action(opened);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // Why a command failed is worth more than how its deployment closed.
      if (failure === undefined) await opened.waybill.close();
      else await Promise.allSettled([opened.waybill.close()]);
    }
  }

  /** What goes wrong in the background: warnings always, the rest with `--verbose`. */
  readonly log: EngineLog = (level, event, fields) => {
    if (this.options.verbose !== true && (level === 'debug' || level === 'info')) return;
    const told = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
    const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim';
    this.output.problem({ text: level.padEnd(6), style }, event, ...told);
  };

  /** From now on being asked to stop aborts the signal instead of ending the process. */
  stopping(): Stopping {
    const controller = new AbortController();
    let asked: StopSignal | undefined;
    const release = this.surroundings.onStop((signal) => {
      asked ??= signal;
      controller.abort();
    });
    return { signal: controller.signal, asked: () => asked, release };
  }

  /** Asks before something that cannot be taken back. `question` ends with a question mark. */
  async confirm(question: string, { yes = false }: { readonly yes?: boolean }): Promise<void> {
    if (yes) return;
    const { stdin, stderr } = this.surroundings;
    if (stdin.isTTY !== true || stderr.isTTY !== true || this.output.json) {
      throw new CommandError(`this needs a confirmation: ${question}`, {
        exit: exitCodes.refused,
        fix: 'add --yes to go ahead; nothing has been changed',
      });
    }
    this.output.problem(`${question} [y/N]`);
    if (/^\s*y(es)?\s*$/i.test(await firstLine(stdin))) return;
    throw new CommandError('nothing has been changed', {
      exit: exitCodes.refused,
      fix: 'answer y to go ahead',
    });
  }
}

const firstLine = async (source: AsyncIterable<string | Uint8Array>): Promise<string> => {
  let text = '';
  for await (const chunk of source) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (text.includes('\n') || text.length > 100) break;
  }
  return text.split('\n', 1)[0] ?? '';
};
