import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startOwnKafka } from './kafka.ts';
import { MissingService } from './missing-service.ts';
import { runCommand } from './run-command.ts';
import type { OwnService } from './service.ts';

export interface SecuredKafka extends OwnService {
  /** The same server by a listener with TLS and SASL PLAIN: `admin` may do everything, `guest` nothing. */
  readonly securedUrl: string;
  readonly passwords: { readonly admin: string; readonly guest: string };
  /** Whom to trust: PEM. */
  readonly ca: string;
}

const passwords = { admin: 'admin-secret', guest: 'guest-secret' };

/** Throws a `MissingService` if Kafka or `openssl` cannot be had. */
export const startSecuredKafka = async (): Promise<SecuredKafka> => {
  const port = await freePort();
  const { key, ca } = await certificate();
  const direct = 'PLAINTEXT://127.0.0.1:{port}';
  const secured = `SECURED://localhost:${port}`;
  const users = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`);
  const service = await startOwnKafka({
    settings: {
      listeners: `${direct},${secured},CONTROLLER://127.0.0.1:{controllerPort}`,
      'advertised.listeners': `${direct},${secured}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
      'inter.broker.listener.name': 'PLAINTEXT',
      'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secured.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(key),
      'ssl.keystore.certificate.chain': oneLine(ca),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:admin',
    },
  });
  return { ...service, securedUrl: `kafka+ssl://localhost:${port}`, passwords, ca };
};

/** As a file of properties has line ends. */
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');

const certificate = async (): Promise<{ readonly key: string; readonly ca: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-kafka-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  try {
    const { code, output } = await runCommand('openssl', [
      ...['req', '-x509', ...made],
      ...['-subj', '/CN=localhost', '-addext', names],
    ]);
    if (code !== 0) throw new MissingService('kafka', [`openssl makes no certificate: ${output.trim()}`]);
    return { key: await readFile(key, 'utf8'), ca: await readFile(cert, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
