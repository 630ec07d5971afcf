import { ConfigError, type Finding, type Inspection } from '@waybill/core';
import type { ConnectionOptions } from './options.ts';
import { RabbitConnection } from './rabbit-connection.ts';
import type { Session } from './session.ts';

/** For `Adapter.inspect`. `look` adds what this adapter wants to know. */
export const inspectOptions = async (
  options: ConnectionOptions,
  look: (session: Session) => readonly Finding[] = () => [],
): Promise<Inspection> => {
  const connection = await RabbitConnection.open({ ...options, name: 'waybill doctor' });
  try {
    const session = await connection.session(performance.now() + options.requestMs);
    const alarm = await findAlarm(session, performance.now() + options.requestMs);
    const findings = [findOld(session), alarm, ...look(session)].filter((finding) => finding !== undefined);
    return { server: serverName(session), findings };
  } finally {
    await connection.close();
  }
};

/** Throws a `ConfigError` where `doctor` would say `refuse`. */
export const refuseOld = (session: Session): void => {
  const finding = findOld(session);
  if (finding === undefined) return;
  throw new ConfigError(`${serverName(session)}: ${finding.message}`, {
    facts: { finding: finding.code },
    fix: finding.fix,
  });
};

export const serverName = ({ server }: Session): string => `${server.product} ${server.version}`;

/** Whether the server is at least this version. */
export const isAtLeast = ({ server }: Session, major: number, minor: number): boolean => {
  const [ownMajor = 0, ownMinor = 0] = server.version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
};

const findOld = (session: Session): Finding | undefined =>
  isAtLeast(session, 3, 8)
    ? undefined
    : {
        level: 'refuse',
        code: 'rabbitmq.version',
        message: 'the server is older than RabbitMQ 3.8 and has no quorum queues',
        fix: 'upgrade the server to RabbitMQ 3.13 or later',
      };

/** An alarm shows only to those who publish: one message to nobody makes the server speak, or not confirm. */
const findAlarm = async (session: Session, deadline: number): Promise<Finding | undefined> => {
  const channel = await session.openConfirmChannel(deadline);
  const isTaken = await new Promise<boolean>((resolve) => {
    const end = (taken: boolean): void => {
      clearTimeout(timer);
      resolve(taken);
    };
    const timer = setTimeout(() => end(false), deadline - performance.now());
    session.onceBlocked(() => end(false));
    channel.publish('', 'waybill.nobody', Buffer.alloc(0), {}, (error) => end(error === null));
  });
  if (isTaken) return undefined;
  return {
    level: 'warn',
    code: 'rabbitmq.blocked',
    message: `the server takes no messages: ${session.blockedBy ?? 'it does not say why'}`,
    fix: 'rabbitmq-diagnostics alarms; make room, or raise vm_memory_high_watermark or disk_free_limit',
  };
};
