import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { MissingService } from './missing-service.ts';
import { type OwnRabbit, startOwnRabbit } from './rabbitmq.ts';
import { runCommand } from './run-command.ts';

/** A RabbitMQ that speaks TLS at its `url`. */
export interface OwnTlsRabbit extends OwnRabbit {
  /** Whom to trust: PEM. */
  readonly ca: string;
}

/** Throws a `MissingService` if `rabbitmq-server` or `openssl` is not installed. */
export const startOwnTlsRabbit = async (): Promise<OwnTlsRabbit> => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-rabbitmq-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await signOneself(cert, key);
  const service = await startOwnRabbit({
    config: [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${cert}`,
      `ssl_options.certfile = ${cert}`,
      `ssl_options.keyfile = ${key}`,
      'ssl_options.verify = verify_none',
      'ssl_options.versions.1 = tlsv1.2',
    ],
  });
  return {
    ...service,
    url: `amqps://localhost:${port}`,
    ca: await readFile(cert, 'utf8'),
    stop: async () => {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const signOneself = async (cert: string, key: string): Promise<void> => {
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  const { code, output } = await runCommand('openssl', ['req', '-x509', ...made, ...names]);
  if (code !== 0) throw new MissingService('rabbitmq', [`openssl makes no certificate: ${output.trim()}`]);
};
