import type { Arrived, Delivery } from '@waybill/core';
import type { Arrival, OnLoan, RabbitChannel } from '@waybill/rabbitmq';

/** One channel of the server, with what it has brought. When it is lost, a new one is attached to the same source. */
export interface Line {
  readonly channel: RabbitChannel;
  readonly loans: OnLoan;
}

/** Where a subscription gets its messages from. */
export interface Source {
  /** Begins to listen, where it stood. Resolves when nothing published from now on is missed. */
  attach(line: Line, deadline: number): Promise<void>;
  /** Not for hints. Undefined: it is not for this subscription. */
  accept(line: Line, arrival: Arrival): Delivery<Arrived> | undefined;
  /** The loop has got this far; everything that arrived before is done with, too. */
  passed(line: Line, arrival: Arrival): void;
  /** Whether what was accepted and not asked for yet comes again, since the line is lost or its queue gone. */
  lost(isQueueGone: boolean): boolean;
  /** The loop has ended. What was accepted and never asked for goes back. */
  end(line: Line | undefined, deadline: number): Promise<void>;
}
