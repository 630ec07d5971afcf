/** Where something given back goes. */
export type Next =
  /** Back to its place, to be delivered again, not before `delayMs` (default 0) where the adapter can wait. */
  | { readonly to: 'retry'; readonly delayMs?: number }
  /** Nowhere: it is dropped. What it stood for is in the store. */
  | { readonly to: 'drop' };

/**
 * Something on loan, given back exactly once. The first of `commit` and `rollback` wins: repeating it does
 * nothing, the other one is an `AlreadySettledError`.
 */
export interface Delivery<T> {
  readonly item: T;
  /** It will not be delivered again. */
  commit(): Promise<void>;
  rollback(next: Next): Promise<void>;
}
