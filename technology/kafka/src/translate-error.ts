import {
  ConnectionError,
  InDoubtError,
  isWaybillError,
  PayloadError,
  type WaybillError,
} from '@waybill/core';
import { protocolErrors } from '@platformatic/kafka';
import { errorCode } from './error-code.ts';

/** What Kafka refused, in Waybill's words. `of` names the topic or group. */
export const refusal = (code: number, of: string): WaybillError => {
  const facts = { kafka: nameOf(code), of };
  switch (code) {
    case errorCode.messageTooLarge:
    case errorCode.recordListTooLarge:
      return new PayloadError(`a message is larger than topic ${of} allows`, {
        facts,
        fix: `make it smaller, or raise max.message.bytes of the topic: kafka-configs --alter --topic ${of} --add-config max.message.bytes=…`,
      });
    case errorCode.topicAuthorization:
      return new ConnectionError(`this user may not do that with topic ${of}`, {
        facts,
        fix: 'grant it: kafka-acls --add --allow-principal User:… --operation All --topic …',
      });
    case errorCode.groupAuthorization:
      return new ConnectionError(`this user may not use group ${of}`, {
        facts,
        fix: 'grant it: kafka-acls --add --allow-principal User:… --operation Read --group …',
      });
    case errorCode.clusterAuthorization:
      return new ConnectionError('this user may not do that in the cluster', {
        facts,
        fix: 'grant it: kafka-acls --add --allow-principal User:… --operation IdempotentWrite --cluster',
      });
    case errorCode.invalidSessionTimeout:
      return new ConnectionError('Kafka does not allow this session', {
        facts,
        fix: 'set sessionMs between group.min.session.timeout.ms and group.max.session.timeout.ms of the server',
      });
    case errorCode.unknownTopicOrPartition:
      return new ConnectionError(`there is no topic ${of}, or no such partition of it`, {
        facts,
        fix: 'create it, or let this user create topics',
      });
    default:
      return new ConnectionError(`Kafka refused a request about ${of}: ${nameOf(code)}`, { facts });
  }
};

/** Whether a topic is gone, or never was there. */
export const isUnknownTopic = (error: unknown): boolean =>
  isWaybillError(error) && error.facts['kafka'] === nameOf(errorCode.unknownTopicOrPartition);

/** The connection to this node, `host:port`, failed before the request was sent. */
export const unreachable = (node: string, cause: unknown): ConnectionError => {
  const isLogin = findCode(cause, 'PLT_KFK_AUTHENTICATION');
  const isTls = findMessage(cause, /TLS/);
  if (isLogin) {
    return new ConnectionError(`Kafka at ${node} refuses the user or the password`, {
      cause,
      facts: { kafka: 'SASL_AUTHENTICATION_FAILED', node },
      fix: 'correct sasl.mechanism, sasl.username and sasl.password',
    });
  }
  if (isTls)
    return new ConnectionError(`Kafka at ${node} and this process disagree about TLS`, {
      cause,
      facts: { node },
      fix: 'use kafka+ssl:// or tls for a listener with TLS, kafka:// for one without',
    });
  const why = [...chain(cause)].map((each) => ('code' in each ? reasons.get(String(each.code)) : undefined));
  const reason = why.find((each) => each !== undefined);
  return new ConnectionError(
    `Kafka at ${node} cannot be reached${reason === undefined ? '' : `: ${reason}`}`,
    {
      cause,
      facts: { node },
      fix: 'start it, or correct url; if url names another address, correct advertised.listeners of the server',
    },
  );
};

/** What the operating system says, in words. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up just now'],
  ['EHOSTUNREACH', 'no route leads there'],
  ['ENETUNREACH', 'no route leads there'],
  ['ETIMEDOUT', 'it does not answer'],
]);

/** The answer of this node did not come. `changes`: without it nobody knows the outcome. */
export const unanswered = (node: string, changes: boolean, cause: unknown): WaybillError =>
  changes
    ? new InDoubtError(`Kafka at ${node} did not answer; the outcome is unknown`, { cause, facts: { node } })
    : new ConnectionError(`Kafka at ${node} did not answer`, { cause, facts: { node } });

const names = new Map(Object.values(protocolErrors).map(({ id, code }) => [code, id]));

export const nameOf = (code: number): string => names.get(code) ?? `error ${code}`;

const chain = function* (error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
};

const findCode = (error: unknown, code: string): boolean =>
  [...chain(error)].some((each) => 'code' in each && each.code === code);

const findMessage = (error: unknown, words: RegExp): boolean =>
  [...chain(error)].some(({ message }) => words.test(message));
