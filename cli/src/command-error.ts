import type { ExitCode } from './exit-code.ts';

/** Ends a command with this exit code; printed in one place, `describe-error.ts`. Never leaves this package. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: ExitCode;
  /** What to do next; one line, or several. */
  readonly fix: string | readonly string[];

  constructor(
    message: string,
    { exit, fix }: { readonly exit: ExitCode; readonly fix: string | readonly string[] },
  ) {
    super(message);
    this.exit = exit;
    this.fix = fix;
  }
}
