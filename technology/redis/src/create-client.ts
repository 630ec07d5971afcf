import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { Redis } from 'ioredis';
import type { ConnectionOptions } from './options.ts';
import { prefixOf } from './prefix.ts';
import { type Address, type NodeOptions, SlotConnector, type SlotTarget } from './slot-connector.ts';

/**
 * Nothing is queued while there is no connection, and nothing is sent again by itself: who asked decides about
 * both, since only they know whether asking twice is safe.
 */
const neverRepeat = {
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  protocol: 2,
} as const;

const firstRetryMs = 20;
const longestRetryMs = 1_000;

/** Soon, then more rarely, and never all processes at once. */
export const retryDelay = (times: number): number =>
  Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2);

/** A client that connects when it is told to, and from then on again and again. */
export const createClient = (options: ConnectionOptions): Redis => {
  const { cluster, sentinels, master, requestMs, url } = options;
  const common = {
    ...neverRepeat,
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: requestMs,
    retryStrategy: retryDelay,
    ...credentials(options),
  };
  if (cluster !== undefined) return createClusterClient(cluster, options, common);
  if (sentinels === undefined || master === undefined)
    return new Redis(url, { ...common, ...tlsOf(options, [url]) });
  const { tls } = tlsOf(options, sentinels);
  return new Redis({
    ...common,
    ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    name: master,
    sentinels: sentinels.map(addressOf),
    ...sentinelCredentials(sentinels),
    sentinelCommandTimeout: requestMs,
    sentinelRetryStrategy: retryDelay,
  });
};

const createClusterClient = (
  urls: readonly string[],
  options: ConnectionOptions,
  common: typeof neverRepeat & NodeOptions,
): Redis => {
  const node = { ...common, ...urlCredentials(urls), ...credentials(options), ...tlsOf(options, urls) };
  const { requestMs, namespace } = options;
  const target: SlotTarget = {
    key: prefixOf(namespace),
    seeds: urls.map(addressOf),
    node: { ...node, commandTimeout: requestMs },
    retryDelay,
  };
  const Connector = class extends SlotConnector {
    constructor() {
      super(target);
    }
  };
  return new Redis({ ...node, Connector });
};

const addressOf = (text: string): Address => {
  const { hostname, port } = new URL(text);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 6379 : Number(port) };
};

interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const credentials = ({ username, password }: Credentials): { username?: string; password?: string } => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
});

const urlCredentials = ([first = '']: readonly string[]): { username?: string; password?: string } => {
  const { username, password } = new URL(first);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
};

const sentinelCredentials = (
  urls: readonly string[],
): { readonly sentinelUsername?: string; readonly sentinelPassword?: string } => {
  const { username, password } = urlCredentials(urls);
  return {
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
  };
};

const tlsOf = ({ tls }: ConnectionOptions, urls: readonly string[]): { readonly tls?: TlsOptions } => {
  if (typeof tls === 'object') {
    const given = Object.entries(tls).filter(([, value]) => value !== undefined);
    return { tls: { minVersion: 'TLSv1.2', ...Object.fromEntries(given) } };
  }
  return tls === true || urls.some((url) => url.startsWith('rediss:'))
    ? { tls: { minVersion: 'TLSv1.2' } }
    : {};
};
