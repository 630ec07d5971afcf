import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import type { ConnectionOptions } from './options.ts';

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
export const createClient = (options: ConnectionOptions): Redis | Cluster => {
  const { cluster, sentinels, master, requestMs, url } = options;
  if (cluster !== undefined) return createCluster(cluster, options);
  const common = {
    ...neverRepeat,
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: requestMs,
    retryStrategy: retryDelay,
    ...credentials(options),
  };
  if (sentinels === undefined || master === undefined)
    return new Redis(url, { ...common, ...tlsOf(options, [url]) });
  const tls = tlsOf(options, sentinels);
  return new Redis({
    ...common,
    ...tls,
    name: master,
    sentinels: sentinels.map(hostOf),
    ...sentinelCredentials(sentinels),
    enableTLSForSentinelMode: tls.tls !== undefined,
    sentinelRetryStrategy: retryDelay,
  });
};

const createCluster = (urls: readonly string[], options: ConnectionOptions): Cluster =>
  new Cluster(urls.map(hostOf), {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryDelay,
    // Both would send a command again that may have been executed.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: Math.min(2_000, options.requestMs),
    redisOptions: {
      ...neverRepeat,
      connectTimeout: options.requestMs,
      ...urlCredentials(urls),
      ...credentials(options),
      ...tlsOf(options, urls),
    },
  });

const hostOf = (text: string): { readonly host: string; readonly port: number } => {
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
