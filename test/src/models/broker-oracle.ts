import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type BrokerCapabilities, type Demand, type QueueName, queueNames, type Ticket } from '@waybill/core';

export interface Entry {
  readonly ticket: Ticket;
  /** Counts from the first ticket that was ever enqueued. */
  readonly place: number;
  /** Its holder died, and the broker does not promise that it returns then. */
  readonly isDoubtful: boolean;
}

/** What a TaskBroker promises, as plainly as it can be said: a list of tickets. */
export class BrokerOracle {
  readonly #capabilities: BrokerCapabilities;
  #waiting: readonly Entry[] = [];
  #enqueued = 0;

  constructor(capabilities: BrokerCapabilities) {
    this.#capabilities = capabilities;
  }

  enqueue(tickets: readonly Ticket[]): void {
    const entries = tickets.map((ticket) => ({ ticket, place: ++this.#enqueued, isDoubtful: false }));
    this.#waiting = [...this.#waiting, ...entries];
  }

  putBack(entry: Entry): void {
    this.#waiting = [...this.#waiting, entry];
  }

  /** What was on loan to somebody who has closed. */
  inherit(entry: Entry): void {
    this.putBack({ ...entry, isDoubtful: !this.#capabilities.redelivery });
  }

  clear(queues: readonly QueueName[]): void {
    this.#waiting = this.#waiting.filter(({ ticket }) => !queues.includes(ticket.queue));
  }

  /** Without those that may be gone. */
  waitingIn(queue: QueueName): readonly Entry[] {
    return this.#waiting.filter(({ ticket, isDoubtful }) => ticket.queue === queue && !isDoubtful);
  }

  /** Whether it has a ticket, or one that may be gone. */
  mayGive(queue: QueueName): boolean {
    return this.#waiting.some(({ ticket }) => ticket.queue === queue);
  }

  /** Throws unless each queue has as many tickets as this, give or take those that may be gone. */
  checkDepth(depth: ReadonlyMap<QueueName, number>): void {
    assert.deepEqual([...depth.keys()].sort(), [...queueNames].sort(), 'the queues of depth');
    for (const queue of queueNames) {
      const least = this.waitingIn(queue).length;
      const most = this.#waiting.filter(({ ticket }) => ticket.queue === queue).length;
      const actual = depth.get(queue) ?? -1;
      assert.ok(actual >= least && actual <= most, `the depth of ${queue} is ${actual}, not ${least}`);
    }
  }

  /** Takes these out. Throws unless they are what this demand may get. */
  take(tickets: readonly Ticket[], wanted: Demand['wanted']): readonly Entry[] {
    const left = wanted.map(({ queue, max }) => ({ queue, max }));
    const taken = tickets.map((ticket) => {
      while (left[0] !== undefined && left[0].queue !== ticket.queue) {
        const { queue, max } = left[0];
        assert.ok(
          max === 0 || this.waitingIn(queue).length === 0,
          `${queue} was passed over for ${ticket.queue}`,
        );
        left.shift();
      }
      assert.ok(
        left[0] !== undefined && left[0].max-- > 0,
        `${ticket.queue} gave more than was wanted, or too late`,
      );
      return this.#takeOne(ticket);
    });
    if (tickets.length === 0)
      for (const { queue } of wanted)
        assert.deepEqual(this.waitingIn(queue), [], `nothing was given of ${queue}`);
    return taken;
  }

  #takeOne(ticket: Ticket): Entry {
    const entry = this.#waiting.find((each) => isDeepStrictEqual(each.ticket, ticket));
    assert.ok(entry, `the ticket ${ticket.taskId} is not waiting as it came`);
    for (const other of this.waitingIn(ticket.queue)) {
      const isOlder = other.ticket.rank === ticket.rank && other.place < entry.place;
      const isHigher = other.ticket.rank > ticket.rank;
      assert.ok(
        !(this.#capabilities.ordered && isOlder),
        `${ticket.taskId} came before ${other.ticket.taskId}`,
      );
      assert.ok(!(this.#capabilities.rank && isHigher), `${ticket.taskId} overtook ${other.ticket.taskId}`);
    }
    this.#waiting = this.#waiting.filter((each) => each !== entry);
    return entry;
  }
}
