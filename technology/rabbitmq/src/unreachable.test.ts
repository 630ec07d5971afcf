import { expect, it } from 'vitest';
import { z } from 'zod';
import { connectionOptions } from './options.ts';
import { refusedAt, unreachable } from './unreachable.ts';

const optionsOf = z.strictObject(connectionOptions);
const options = optionsOf.parse({ url: 'amqp://user:secret@rabbit:5672/shop' });

const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });

it.each([
  [coded('ECONNREFUSED'), /nothing listens there/, /start it, or correct `url`/],
  [new AggregateError([coded('ECONNREFUSED')]), /nothing listens there/, /start it/],
  [coded('ENOTFOUND'), /no host has this name/, /correct `url`/],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), /no TLS on this port/, /5671/],
  [coded('SELF_SIGNED_CERT_IN_CHAIN'), /not to be trusted/, /ca/],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), /not to be trusted/, /servername/],
  [new Error('Socket closed abruptly during opening handshake'), /hangs up/, /amqps:/],
  [
    new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'),
    /virtual host shop/,
    /add_vhost shop/,
  ],
  [undefined, /says nothing/, /log/],
])('%s is said in words, with host, port and what to do', (cause, message, fix) => {
  const error = unreachable(options, cause);
  expect(error.message).toMatch(message);
  expect(error.message).toContain('rabbit:5672');
  expect(error.fix).toMatch(fix);
  expect(`${error.message} ${error.fix}`).not.toContain('secret');
});

it('a cluster is named as such, all of it', () => {
  const cluster = optionsOf.parse({ cluster: ['amqp://one:5672', 'amqp://two:5672'] });
  const error = unreachable(cluster, coded('ECONNREFUSED'));
  expect(error.message).toContain('one:5672, two:5672');
  expect(error.fix).toContain('`cluster`');
});

it('who is refused is named, and where; the password is not', () => {
  const error = refusedAt(options.url, options, new Error('terminated by server: 403 (ACCESS-REFUSED)'));
  expect(error.message).toBe('RabbitMQ at rabbit:5672 refuses the user user');
  expect(error.message + error.fix).not.toContain('secret');
});
