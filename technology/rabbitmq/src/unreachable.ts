import { ConnectionError, type WaybillError } from '@waybill/core';
import { addressesOf } from './connect.ts';
import type { ConnectionOptions } from './options.ts';
import { replyCode } from './translate-error.ts';

/** Why a connection does not come about, and the one line that mends it. */
interface Reason {
  readonly message: string;
  readonly fix: string;
}

type Explain = (options: ConnectionOptions) => Reason;

const placeOf = ({ cluster }: ConnectionOptions): string => (cluster === undefined ? '`url`' : '`cluster`');

const notThere: Explain = (options) => ({
  message: 'nothing listens there',
  fix: `start it, or correct ${placeOf(options)}`,
});

const noSuchHost: Explain = (options) => ({
  message: 'no host has this name',
  fix: `correct ${placeOf(options)}`,
});

const noTls: Explain = (options) => ({
  message: 'there is no TLS on this port',
  fix: `name the port for TLS in ${placeOf(options)}, usually 5671, or leave TLS out`,
});

const untrusted: Explain = () => ({
  message: 'its certificate is not to be trusted',
  fix: 'tls: { ca } with the certificate of who signed it; tls: { servername } where it is made out for another name',
});

const silent: Explain = () => ({
  message: 'it hangs up or says nothing',
  fix: 'see its log; where it wants TLS, begin with amqps: instead of amqp:',
});

/** In the words or by the code of Node and amqplib. */
const explanations: readonly (readonly [RegExp, Explain])[] = [
  [/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/, notThere],
  [/ENOTFOUND|EAI_AGAIN/, noSuchHost],
  [/ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_TLSV1_ALERT/, noTls],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/i, untrusted],
  [/ETIMEDOUT|ECONNRESET|EPIPE|Socket closed|AbortError|ABORT_ERR/, silent],
];

/** What was tried until the deadline, and why it was in vain the last time. */
export const unreachable = (options: ConnectionOptions, cause: unknown): WaybillError => {
  const servers = hostsOf(addressesOf(options));
  const { message, fix } = reasonOf(options, cause);
  return new ConnectionError(`RabbitMQ cannot be reached at ${servers}: ${message}`, {
    cause,
    facts: { servers },
    fix,
  });
};

/** The server at this address does not want us, whoever asks and however often. */
export const refusedAt = (url: string, { username }: ConnectionOptions, cause: unknown): WaybillError => {
  const address = new URL(url);
  const user = username ?? (decodeURIComponent(address.username) || 'guest');
  return new ConnectionError(`RabbitMQ at ${address.host} refuses the user ${user}`, {
    cause,
    facts: { servers: address.host, rabbitmq: replyCode(cause) ?? 0 },
    fix: 'correct user and password; guest may come from the same machine only (rabbitmqctl add_user, set_permissions)',
  });
};

const reasonOf = (options: ConnectionOptions, cause: unknown): Reason => {
  if (cause === undefined) return silent(options);
  // amqplib is told why, and does not say it: a server opens no virtual host that is not there or not for this user.
  if (cause instanceof Error && /Expected ConnectionOpenOk/.test(cause.message)) {
    const [first = options.url] = addressesOf(options);
    const path = decodeURIComponent(new URL(first).pathname.slice(1)) || '/';
    return {
      message: `it does not open the virtual host ${path}`,
      fix: `correct the path of ${placeOf(options)}, or rabbitmqctl add_vhost ${path} and set_permissions`,
    };
  }
  const words = wordsOf(cause);
  const [, explain = silent] = explanations.find(([pattern]) => pattern.test(words)) ?? [];
  return explain(options);
};

const wordsOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return '';
  const each = cause instanceof AggregateError ? cause.errors.map(wordsOf).join(' ') : '';
  return `${'code' in cause ? String(cause.code) : ''} ${cause.name} ${cause.message} ${each}`;
};

const hostsOf = (addresses: readonly string[]): string =>
  addresses.map((address) => new URL(address).host).join(', ');
