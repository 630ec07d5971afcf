import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { MissingService } from './missing-service.ts';
import { durable, startRedisProcess } from './redis-process.ts';
import { runCommand } from './run-command.ts';
import type { OwnService } from './service.ts';

/** A Redis that speaks nothing but TLS. */
export interface OwnTlsRedis extends OwnService {
  /** Whom to trust: PEM. */
  readonly ca: string;
}

/** Throws a `MissingService` if `redis-server` or `openssl` is not installed. */
export const startOwnTlsRedis = async (): Promise<OwnTlsRedis> => {
  const port = await freePort();
  let ca = '';
  const service = await startRedisProcess({
    isUp: () => accepts(port),
    prepare: async (folder) => {
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      await signOneself(cert, key);
      ca = await readFile(cert, 'utf8');
      const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
      return ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no', ...durable];
    },
  });
  return { ...service, url: `rediss://localhost:${port}`, server: 'Redis over TLS', ca };
};

const signOneself = async (cert: string, key: string): Promise<void> => {
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const args = [
    'req',
    '-x509',
    ...made,
    '-subj',
    '/CN=localhost',
    '-addext',
    names,
    '-keyout',
    key,
    '-out',
    cert,
  ];
  const { code, output } = await runCommand('openssl', args);
  if (code !== 0) throw new MissingService('redis', [`openssl makes no certificate: ${output.trim()}`]);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
