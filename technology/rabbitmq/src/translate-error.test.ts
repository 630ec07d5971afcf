import assert from 'node:assert/strict';
import { test } from 'vitest';
import { translateError } from './translate-error.ts';

/** As amqplib makes them. */
const refused = (words: string): Error =>
  Object.assign(
    new Error(`Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "NOT_FOUND - ${words}"`),
    {
      code: 404,
    },
  );

test('a queue whose node is down is not told to be gone', () => {
  const gone = translateError(refused("no queue 'q' in vhost '/'"), false);
  assert.deepEqual([gone.code, gone.message], ['WB_CONNECTION', 'a queue or exchange is gone']);

  const words = "home node 'a@b' of durable queue 'q' in vhost '/' is down or inaccessible";
  const down = translateError(refused(words), true);
  assert.equal(down.code, 'WB_CONNECTION');
  assert.match(down.message, /node of a queue is down/);
  assert.match(String(down.fix), /rabbitmqctl/);
});
