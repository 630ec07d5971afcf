import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import type { Demand, Ticket } from '../broker.ts';
import type { Message, Subscription } from '../channel.ts';
import { PayloadError, UnsupportedError } from '../errors.ts';
import type { IndexSpec, Key, Query, Transaction } from '../store.ts';
import { checkCollectionSpec } from './check-collection-spec.ts';
import { checkDemand } from './check-demand.ts';
import { checkMessage } from './check-message.ts';
import { checkQuery } from './check-query.ts';
import { checkSubscription } from './check-subscription.ts';
import { checkTicket } from './check-ticket.ts';
import { checkTransaction } from './check-transaction.ts';

/** Callers in plain JavaScript have no compiler to stop them. */
const wrongly = <T>(right: T, changes: Readonly<Record<string, unknown>>): T => ({ ...right, ...changes });

const refusesEach = <T>(
  check: (value: T) => unknown,
  right: T,
  changes: readonly Record<string, unknown>[],
) => {
  check(right);
  for (const change of changes)
    assert.throws(() => check(wrongly(right, change)), PayloadError, JSON.stringify(change));
};

describe('a call is checked before anything happens:', () => {
  it('a ticket', () => {
    const ticket: Ticket = { tenant: 'acme', taskId: 't1', queue: 'normal', rank: 4, epoch: 0 };
    refusesEach(checkTicket, ticket, [
      { queue: 'urgent' },
      { tenant: '' },
      { tenant: 'a\ud800' },
      { tenant: 't'.repeat(129) },
      { taskId: 'a\0b' },
      { taskId: 7 },
      { rank: 11 },
      { rank: -1 },
      { rank: 1.5 },
      { epoch: -1 },
      { epoch: 2 ** 53 },
    ]);
  });

  it('a demand', () => {
    const demand: Demand = { wanted: [{ queue: 'normal', max: 1 }], waitMs: 0 };
    refusesEach(checkDemand, demand, [
      { wanted: [{ queue: 'urgent', max: 1 }] },
      { wanted: [{ queue: 'normal', max: 0 }] },
      { wanted: [{ queue: 'normal', max: 1.5 }] },
      { waitMs: -1 },
      { waitMs: Number.NaN },
    ]);
  });

  it('a message', () => {
    const message: Message = { id: 'm1', subject: 'order.shipped', key: '', body: null };
    refusesEach(checkMessage, message, [
      { subject: 'order.*' },
      { subject: 'a\n' },
      { subject: undefined },
      { subject: 'a'.repeat(256) },
      { id: '' },
      { id: '\udc00' },
      { key: 'a\ud800' },
      { key: 7 },
      { body: undefined },
      { body: { deep: ['\ud800'] } },
    ]);
  });

  it('a subscription', () => {
    const { signal } = new AbortController();
    const check = (subscription: Subscription) => checkSubscription(subscription, { replay: true });
    refusesEach(check, { subject: 'order.>', group: 'g', from: 'now', signal }, [
      { subject: '>.order' },
      { subject: undefined },
      { group: '' },
      { group: 'a\0' },
      { group: 'g'.repeat(256) },
      { from: 'start' },
      { from: { after: '1' } },
      { group: undefined, from: {} },
    ]);
    expect(() => checkSubscription({ subject: 'a', from: 'start', signal }, { replay: false })).toThrow(
      UnsupportedError,
    );
  });

  it('a query', () => {
    const ofTenant: IndexSpec = { name: 'byRank', fields: ['group', 'rank'] };
    const query: Query = { collection: 'things', tenant: 'acme', index: 'byRank', equals: ['g'], limit: 1 };
    refusesEach((each) => checkQuery(each, ofTenant), query, [
      { tenant: undefined },
      { tenant: '' },
      { equals: [] },
      { equals: ['g', 1] },
      { equals: [null] },
      { equals: ['\ud800'] },
      { range: { min: Number.NaN } },
      { range: { max: '\ud800' } },
      { limit: 1_001 },
      { limit: 0.5 },
      { order: 'up' },
    ]);
    expect(() => checkQuery(query, { ...ofTenant, acrossTenants: true })).toThrow(PayloadError);
  });

  it('a transaction', () => {
    const key = (id: string): Key => ({ collection: 'things', tenant: 'acme', id });
    const transaction: Transaction = {
      expect: [{ kind: 'absent', key: key('x') }],
      writes: [
        { kind: 'delete', key: key('a') },
        { kind: 'delete', key: key('b') },
      ],
      reads: [key('b'), key('a')],
    };
    refusesEach(checkTransaction, transaction, [
      { expect: [{ kind: 'absent', key: key('') }] },
      { writes: [{ kind: 'delete', key: key('a\0') }], reads: [] },
      { writes: [{ kind: 'delete', key: key('a'.repeat(513)) }], reads: [] },
      { writes: [...transaction.writes, { kind: 'delete', key: key('a') }] },
      { reads: [key('c')] },
      { writes: [{ kind: 'delete', key: key('a') }], reads: [key('b')] },
      { writes: [], reads: [key('a')] },
    ]);
  });

  it('the declaration of a collection', () => {
    refusesEach(checkCollectionSpec, { name: 'things', indexes: [{ name: 'byRank', fields: ['rank'] }] }, [
      { name: 'Things' },
      { name: `a${'b'.repeat(63)}` },
      { indexes: [{ name: 'none', fields: [] }] },
      { indexes: [{ name: 'cut', fields: ['\ud800'] }] },
      { apart: ['\udc00'] },
    ]);
  });
});
