import {
  ConnectionError,
  type ErrorDetails,
  InDoubtError,
  isWaybillError,
  type WaybillError,
} from '@waybill/core';

/** What RabbitMQ refuses, by the number of its reply, and the one line that mends the cause. */
const refusals: ReadonlyMap<number, { readonly message: string; readonly fix?: string }> = new Map([
  [320, { message: 'RabbitMQ closed the connection' }],
  [402, { message: 'the path of the URL is no virtual host of this RabbitMQ' }],
  [
    403,
    {
      message: 'RabbitMQ refuses the user',
      fix: 'correct user and password, or rabbitmqctl set_permissions',
    },
  ],
  [404, { message: 'a queue or exchange is gone' }],
  [405, { message: 'another connection has a queue for itself' }],
  [406, { message: 'RabbitMQ refuses what was asked of a queue or exchange' }],
  [530, { message: 'RabbitMQ does not allow that', fix: 'rabbitmqctl add_vhost, or set_permissions' }],
]);

/** Also told as 404, although the queue is known, and kept. */
const down = {
  message: 'the node of a queue is down, or does not bring the queue back',
  fix: 'start it; if it is up, rabbitmqctl list_queues name state, and see docs/rabbitmq.md',
};

/** The number with which RabbitMQ refuses: 404. `undefined` for errors of another kind. */
export const replyCode = (error: unknown): number | undefined => {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'number') return error.code;
  // The handshake puts the number into its words alone.
  const [, digits] = /terminated by server: (\d{3}) /.exec(error.message) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/** The user is refused, whoever asks and however often: waiting for a connection is of no use. */
export const isHopeless = (error: unknown): boolean => replyCode(error) === 403;

/**
 * What amqplib throws, in Waybill's words. `changes`: without an answer nobody knows whether it happened; all other
 * requests have no outcome that could be in doubt.
 */
export const translateError = (error: unknown, changes: boolean): WaybillError => {
  if (isWaybillError(error)) return error;
  const code = replyCode(error);
  const details: ErrorDetails = { cause: error, facts: code === undefined ? {} : { rabbitmq: code } };
  const refusal = isDown(error, code) ? down : code === undefined ? undefined : refusals.get(code);
  if (refusal !== undefined) {
    const { message, fix } = refusal;
    return new ConnectionError(message, fix === undefined ? details : { ...details, fix });
  }
  if (changes) return new InDoubtError('RabbitMQ did not confirm; the outcome is unknown', details);
  return new ConnectionError('the connection to RabbitMQ failed', details);
};

const isDown = (error: unknown, code: number | undefined): boolean =>
  code === 404 && error instanceof Error && error.message.includes('is down or inaccessible');
