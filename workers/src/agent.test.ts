import { agentCollection, AgentLedger } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';

const key = { collection: agentCollection.name, tenant: 'waybill', id: 'k' };

/** Two processes of one agent, which share its memory. Each answers its name, and acts when it is let go on. */
const twoProcesses = async () => {
  const calls: string[] = [];
  const store = new MemoryStore();
  await store.prepare([agentCollection]);
  const start = (name: string) => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: gate, resolve: goOn } = Promise.withResolvers<void>();
    const ledger = new AgentLedger(store, {
      async do() {
        begin();
        await gate;
        calls.push(`${name} did`);
        return name;
      },
      undo: (_args, _key, result) => void calls.push(`${name} undid ${String(result)}`),
    });
    return { ledger, begun, goOn };
  };
  return { calls, store, slow: start('slow'), other: start('other') };
};

describe('an effect that one process of an agent is slow to do', () => {
  it('stays if another process has finished it meanwhile, and has the result of that one', async () => {
    const { calls, slow, other } = await twoProcesses();
    const late = slow.ledger.do('k', null);
    await slow.begun;
    other.goOn();
    expect(await other.ledger.do('k', null)).toBe('other');
    slow.goOn();

    expect(await late).toBe('other');
    expect(calls).toEqual(['other did', 'slow did']);
  });

  it('is undone once more if another process has undone it meanwhile', async () => {
    const { calls, slow, other } = await twoProcesses();
    const late = slow.ledger.do('k', null);
    await slow.begun;
    await other.ledger.undo('k', null);
    slow.goOn();

    await expect(late).rejects.toThrow('undone while it was done');
    expect(calls).toEqual(['other undid undefined', 'slow did', 'slow undid slow']);
  });

  it('does not stay if another process undoes it before it has begun to act', async () => {
    const { calls, store, slow, other } = await twoProcesses();
    const commit = store.commit.bind(store);
    store.commit = async (batch) => {
      store.commit = commit;
      const outcomes = await commit(batch); // the slow one is about to act
      await other.ledger.undo('k', null);
      return outcomes;
    };
    slow.goOn();

    await expect(slow.ledger.do('k', null)).rejects.toThrow('undone while it was done');
    expect(calls).toEqual(['other undid undefined', 'slow did', 'slow undid slow']);
    expect((await store.get([key]))[0]?.fields).toEqual({ state: 'undone' });
  });

  it('is remembered as done if its beginning was forgotten and another process has begun it anew', async () => {
    const { calls, store, slow, other } = await twoProcesses();
    const late = slow.ledger.do('k', null);
    await slow.begun;
    await store.commit([{ expect: [], writes: [{ kind: 'delete', key }] }]);
    const again = other.ledger.do('k', null);
    await other.begun;
    slow.goOn();
    expect(await late).toBe('slow');
    other.goOn();

    expect(await again).toBe('slow');
    expect(calls).toEqual(['slow did', 'other did']);
  });

  it('does not stay if its beginning was forgotten: nobody knows whether it was undone', async () => {
    const { calls, store, slow } = await twoProcesses();
    const late = slow.ledger.do('k', null);
    await slow.begun;
    await store.commit([{ expect: [], writes: [{ kind: 'delete', key }] }]);
    slow.goOn();

    await expect(late).rejects.toThrow('undone while it was done');
    expect(calls).toEqual(['slow did', 'slow undid slow']);
  });
});
