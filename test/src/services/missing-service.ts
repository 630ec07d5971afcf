/** There is no server to be had. The message says what was looked for. */
export class MissingService extends Error {
  readonly technology: string;

  constructor(technology: string, reasons: readonly string[]) {
    super(`no ${technology} to test with: ${reasons.join('; ')}`);
    this.name = 'MissingService';
    this.technology = technology;
  }
}

/** `WAYBILL_REQUIRE=all`, or a list that names the technology, makes a missing server a failure. */
export const isRequired = (technology: string): boolean => {
  const required = (process.env['WAYBILL_REQUIRE'] ?? '').split(',').map((name) => name.trim());
  return required.includes('all') || required.includes(technology);
};

/** What `find` finds, or why it must be skipped aloud. Throws where it may not be skipped. */
export const orSkip = async <T>(
  find: () => Promise<T>,
): Promise<{ readonly found: T } | { readonly reason: string }> => {
  try {
    return { found: await find() };
  } catch (error) {
    if (!(error instanceof MissingService) || isRequired(error.technology)) throw error;
    return { reason: error.message };
  }
};
