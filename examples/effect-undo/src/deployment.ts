import { createWaybill, type Waybill } from '@waybill/core';
import trips from './reserve-seat.ts';

/** One SQLite file that several processes share. A short lease, so that a dead worker is noticed soon. */
export const openDeployment = (file: string): Promise<Waybill> => {
  const sqlite = { use: 'sqlite', file };
  return createWaybill(
    {
      config: {
        broker: sqlite,
        channel: sqlite,
        store: sqlite,
        lease: { durationMs: '1s', sweepMs: '100ms' },
      },
    },
    { plugins: [trips] },
  );
};
