/** What a port uses if nobody says otherwise: one file, durable, shared between the processes of this machine. */
export const embeddedAdapter = { use: 'sqlite', file: './waybill.db' } as const;
