import type { SocketConstructorOpts } from 'node:net';
import { type ChannelModel, connect as connectAmqp, credentials, type SocketOptions } from 'amqplib';
import type { ConnectionOptions } from './options.ts';

export interface ConnectOptions extends ConnectionOptions {
  /** What the server shows this connection as: `waybill publisher`. */
  readonly name: string;
}

/** The addresses to try in turn. */
export const addressesOf = ({ url, cluster }: ConnectionOptions): readonly string[] => cluster ?? [url];

/** Connects once. Aborting the signal destroys the socket, whatever it is busy with. */
export const connect = (url: string, options: ConnectOptions, signal: AbortSignal): Promise<ChannelModel> => {
  const { username, password, tls, requestMs, heartbeatMs, name } = options;
  const address = new URL(url);
  if (tls !== undefined && tls !== false) address.protocol = 'amqps:';
  address.searchParams.set('heartbeat', String(Math.round(heartbeatMs / 1_000)));
  const socket: SocketOptions & Pick<SocketConstructorOpts, 'signal'> = {
    signal,
    noDelay: true,
    keepAlive: true,
    timeout: requestMs,
    minVersion: 'TLSv1.2',
    clientProperties: { connection_name: name },
    ...(typeof tls === 'object' && Object.fromEntries(given(tls))),
  };
  if (username !== undefined || password !== undefined) {
    const fromUrl = {
      username: decodeURIComponent(address.username),
      password: decodeURIComponent(address.password),
    };
    socket.credentials = credentials.plain(username ?? fromUrl.username, password ?? fromUrl.password);
  }
  return connectAmqp(address.href, socket);
};

const given = (tls: object): readonly (readonly [string, unknown])[] =>
  Object.entries(tls).filter(([, value]) => value !== undefined);
