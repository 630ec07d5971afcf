import assert from 'node:assert/strict';
import { type WaybillError, isWaybillError } from '@waybill/core';
import { startSecuredKafka } from '@waybill/testing/services/kafka-secured';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, test } from 'vitest';
import { z } from 'zod';
import type { KafkaClient } from './kafka-client.ts';
import { openKafka } from './open-kafka.ts';
import { type ConnectionOptions, connectionOptions } from './options.ts';

const schema = z.strictObject(connectionOptions);

await describeService(
  'Kafka with TLS, SASL and ACLs',
  startSecuredKafka,
  ({ url, securedUrl, ca, passwords }) => {
    const clients: KafkaClient[] = [];

    const open = (options: z.input<typeof schema>): KafkaClient => {
      const parsed: ConnectionOptions = schema.parse({ requestMs: 30_000, ...options });
      const client = openKafka(parsed);
      clients.push(client);
      return client;
    };
    const as = (username: 'admin' | 'guest'): KafkaClient =>
      open({
        url: securedUrl,
        tls: { ca },
        sasl: { mechanism: 'PLAIN', username, password: passwords[username] },
      });

    const refused = async (call: Promise<unknown>): Promise<WaybillError> => {
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(isWaybillError(error), String(error));
      return error;
    };

    const spec = (name: string, settings = {}) => ({ name, partitions: 1, replication: -1, settings });
    const record = (topic: string, value: string) => ({ topic, partition: 0, key: 'k', value });

    afterEach(async () => {
      for (const client of clients.splice(0)) await client.close();
    });

    test('over TLS and with a password everything works', async () => {
      const client = as('admin');
      await client.createTopics([spec('secured')]);
      await client.produce([record('secured', 'v')]);
      const [end] = await client.offsets([{ topic: 'secured', partition: 0 }], 'end');
      assert.equal(end?.offset, 1);
    });

    test('a wrong password is refused at once, and said so without it', async () => {
      const sasl = { mechanism: 'PLAIN', username: 'admin', password: 'wrong-secret' } as const;
      const client = open({ url: securedUrl, tls: { ca }, sasl, requestMs: 600_000 });
      const error = await refused(client.server()); // not asked again until that is over
      assert.match(error.message, /refuses the user or the password/);
      assert.ok(!JSON.stringify([error.message, error.facts, error.fix]).includes('wrong-secret'));
    });

    test('a server whose certificate nobody vouches for is not talked to', async () => {
      const stranger = open({
        url: securedUrl,
        requestMs: 1_000,
        sasl: { mechanism: 'PLAIN', username: 'admin', password: passwords.admin },
      });
      assert.equal((await refused(stranger.server())).code, 'WB_CONNECTION');
    });

    test('without TLS, to a listener with TLS, the error says so', async () => {
      const plain = open({ url: securedUrl.replace('kafka+ssl:', 'kafka:'), requestMs: 1_000 });
      assert.match((await refused(plain.server())).message, /TLS|did not answer/);
    });

    test('what an ACL forbids is a clear error with the command that mends it', async () => {
      const [admin, guest] = [as('admin'), as('guest')];
      await admin.createTopics([spec('forbidden')]);
      const error = await refused(guest.produce([record('forbidden', 'v')]));
      assert.match(error.message, /may not do that with topic forbidden|may not do that in the cluster/);
      assert.match(error.fix ?? '', /kafka-acls --add/);
      const group = await refused(
        guest
          .group('anything')
          .join({ memberId: '', topics: [], about: Buffer.alloc(0), sessionMs: 6_000, rebalanceMs: 1_000 }),
      );
      assert.match(group.message, /may not use group anything/);
    });

    test('a message that is too large is refused by itself, with what to do', async () => {
      const client = open({ url });
      await client.createTopics([spec('small', { 'max.message.bytes': '2000' })]);
      const [small, large] = await Promise.allSettled([
        client.produce([record('small', 'v'.repeat(100))]),
        client.produce([record('small', 'v'.repeat(5_000))]),
      ]);
      assert.equal(small.status, 'fulfilled');
      assert.ok(large.status === 'rejected' && isWaybillError(large.reason));
      assert.equal(large.reason.code, 'WB_PAYLOAD');
      assert.match(large.reason.fix ?? '', /max\.message\.bytes/);
    });

    test('a topic that is not there is named', async () => {
      const error = await refused(open({ url, requestMs: 500 }).produce([record('nowhere', 'v')]));
      assert.match(error.message, /there is no topic nowhere/);
    });
  },
);
