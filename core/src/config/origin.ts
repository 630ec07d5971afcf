/** Where a value of the config came from. */
export type Origin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly file: string; readonly line?: number; readonly column?: number }
  /** An object passed by the program. */
  | { readonly kind: 'code' }
  | { readonly kind: 'default' };

/** `waybill.config.json:4:18`, `WAYBILL_STORE_USE (environment)`, `--store.use (flag)`, `default`. */
export const describeOrigin = (origin: Origin): string => {
  switch (origin.kind) {
    case 'flag':
      return `--${origin.flag} (flag)`;
    case 'environment':
      return `${origin.variable} (environment)`;
    case 'file':
      return [origin.file, origin.line, origin.column].filter((part) => part !== undefined).join(':');
    case 'code':
      return 'the object passed in';
    case 'default':
      return 'default';
  }
};
