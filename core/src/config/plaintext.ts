import type { Described } from './describe-issue.ts';

/**
 * The options that would send data to another machine in plain text: URLs of a scheme without TLS, to a host
 * that is not this one, with nothing beside them or in them that turns TLS on.
 */
export const findPlaintext = (options: unknown): readonly Described[] => {
  if (typeof options !== 'object' || options === null) return [];
  const values = Object.entries(options);
  if (values.some(([key, value]) => /^(tls|ssl)$/i.test(key) && value !== undefined && value !== false))
    return [];
  return values.flatMap(([key, value]) =>
    [value].flat().flatMap((each) => (typeof each === 'string' ? describe(key, each) : [])),
  );
};

const describe = (key: string, text: string): readonly Described[] => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(text);
  const [, scheme = '', authority = '', rest = ''] = match ?? [];
  if (match === null || scheme === 'file' || encrypted.test(scheme) || asksForTls.test(rest)) return [];
  if (
    authority
      .slice(authority.lastIndexOf('@') + 1)
      .split(',')
      .every(isThisMachine)
  )
    return [];
  return [
    {
      path: [key],
      message: `${scheme}:// would send data to another machine in plain text`,
      fix: 'use the scheme or option that turns TLS on, or set insecure: true if the network is trusted',
    },
  ];
};

/** Schemes that mean TLS. By name, since also `postgres` ends with an s. */
const encrypted = /^(https|wss|rediss|valkeys|amqps|mqtts|natss|tls|ssl|mongodb\+srv|.*\+(tls|ssl))$/i;
const asksForTls = /[?&](tls=true|ssl=true|sslmode=(require|verify-ca|verify-full))(&|$)/i;

const isThisMachine = (host: string): boolean =>
  /^(|localhost|127(\.\d+){3}|\[::1\])(:\d*)?$/i.test(host) || host.toLowerCase().startsWith('%2f');
