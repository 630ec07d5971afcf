import { describe, expect, it } from 'vitest';
import { MongoConnection } from './mongo-connection.ts';
import { mongodbStoreOptions } from './options.ts';

const opening = (url: string) =>
  MongoConnection.open(mongodbStoreOptions.parse({ url, requestMs: 100 })).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a MongoDB that cannot be reached', () => {
  it('is named by host and port, without the password, and with what to do', async () => {
    // Nobody listens at port 1.
    const error = await opening('mongodb://bob:secret@127.0.0.1:1,127.0.0.1:2/shop');

    expect(error).toMatchObject({
      code: 'WB_CONNECTION',
      message: 'MongoDB cannot be reached at 127.0.0.1:1, 127.0.0.1:2',
      fix: expect.stringContaining('start it'),
    });
    expect(String(error)).not.toContain('secret');
  });

  it('is named as the replica set that it should be', async () => {
    expect(await opening('mongodb://127.0.0.1:1/?replicaSet=rs0')).toMatchObject({
      message: 'no primary of the replica set rs0 answers at 127.0.0.1:1',
      fix: expect.stringContaining('replicaSet'),
    });
  });
});
