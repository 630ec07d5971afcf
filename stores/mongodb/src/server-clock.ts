import type { MongoConnection } from './mongo-connection.ts';

/** The clock of the server, which never goes back, though another server may take over. */
export class ServerClock {
  readonly #mongo: MongoConnection;
  #latest = 0;

  constructor(mongo: MongoConnection) {
    this.#mongo = mongo;
  }

  async now(): Promise<number> {
    const hello = await this.#mongo.run({ changes: false }, () => this.#mongo.db.command({ hello: 1 }));
    const at: unknown = hello['localTime'];
    if (at instanceof Date) this.#latest = Math.max(this.#latest, at.getTime());
    return this.#latest;
  }
}
