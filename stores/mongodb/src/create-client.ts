import { ConfigError } from '@waybill/core';
import { MongoClient, type MongoClientOptions, MongoParseError, MongoInvalidArgumentError } from 'mongodb';
import type { MongodbStoreOptions } from './options.ts';

/**
 * Every write is on the disks of a majority before it is answered, and every read comes from the primary. Writes are
 * never repeated by the driver: where it cannot find a server for a repetition it says so, and hides that the first
 * try may have happened.
 */
const always = {
  appName: 'waybill',
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryWrites: false,
  ignoreUndefined: true,
  minPoolSize: 1,
} as const satisfies MongoClientOptions;

/** A client that is not connected yet. Throws a `ConfigError` for a URL that asks for less than that. */
export const createClient = (options: MongodbStoreOptions): MongoClient => {
  const { url, requestMs } = options;
  refuseWeak(url);
  try {
    return new MongoClient(url, {
      ...always,
      connectTimeoutMS: requestMs,
      serverSelectionTimeoutMS: requestMs,
      waitQueueTimeoutMS: requestMs,
      socketTimeoutMS: requestMs,
      ...credentials(options),
      ...tlsOf(options),
    });
  } catch (error) {
    // The cause would print the URL, and with it the password.
    if (error instanceof MongoParseError || error instanceof MongoInvalidArgumentError)
      throw new ConfigError('the driver refuses the url of MongoDB or its options', {
        fix: 'see "Connection String Options" in the manual of MongoDB',
      });
    throw error;
  }
};

/** What a URL may not ask for: the first finding. */
const refuseWeak = (url: string): void => {
  const asked = new URLSearchParams(url.split('?')[1] ?? '');
  const value = (name: string): string | undefined =>
    [...asked].find(([key]) => key.toLowerCase() === name)?.[1]?.toLowerCase();
  const w = value('w');
  if (w !== undefined && w !== 'majority')
    throw weak(`w=${w}: a write that only some servers have is lost when another one takes over`, 'w');
  if (['false', '0'].includes(value('journal') ?? ''))
    throw weak('journal=false: a write that is on no disk is lost with the power', 'journal');
  const readPreference = value('readpreference');
  if (readPreference !== undefined && readPreference !== 'primary')
    throw weak(`readPreference=${readPreference}: what a secondary says is old`, 'readPreference');
  const level = value('readconcernlevel');
  if (level !== undefined && !['majority', 'snapshot'].includes(level))
    throw weak(`readConcernLevel=${level}: it shows what may be rolled back`, 'readConcernLevel');
};

const weak = (problem: string, option: string): ConfigError =>
  new ConfigError(`the url of MongoDB says ${problem}`, {
    facts: { finding: 'mongodb.weak-url' },
    fix: `leave ${option} out of the url`,
  });

const credentials = ({ username, password }: MongodbStoreOptions): MongoClientOptions =>
  username === undefined ? {} : { auth: { username, ...(password === undefined ? {} : { password }) } };

const tlsOf = ({ tls }: MongodbStoreOptions): MongoClientOptions => {
  if (tls === undefined) return {};
  if (typeof tls === 'boolean') return { tls };
  return { tls: true, ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)) };
};
