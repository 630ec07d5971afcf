import type { Message } from '@waybill/core';

/** A message, its body ours alone, and its place among all that were ever published. */
export interface Posted {
  readonly place: number;
  readonly message: Message;
}
