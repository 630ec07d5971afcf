import type { Collection, Db, Document } from 'mongodb';

/** Where the adapter keeps what belongs to no collection; no collection of Waybill's can have this name. */
export const ownCollection = <T extends Document>(db: Db): Collection<T> => db.collection<T>('_waybill');
