import type { ExitCode } from './exit-code.ts';
import type { Invocation } from './invocation.ts';

/** What was typed for one command, as its declaration reads it. */
export interface Call<Options = object> {
  /** In the order of the declaration; what is optional may be absent. */
  readonly args: readonly (string | undefined)[];
  readonly options: Options;
}

/** Does a command. Answers its exit code; nothing is 0. */
export type Action<Options = object> = (
  invocation: Invocation,
  call: Call<Options>,
) => Promise<ExitCode | undefined>;

/**
 * Makes commander's action of ours. Loaded when it is called: `--help` needs none of it. The type of the options
 * is what the declaration beside it says.
 */
export type Act = <Options>(load: () => Promise<Action<Options>>) => (...given: unknown[]) => Promise<void>;
