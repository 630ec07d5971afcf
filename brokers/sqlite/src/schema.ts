/** Tickets lie in the order in which they leave: by queue, then by place. */
export const brokerFormat: readonly string[] = [
  `CREATE TABLE waybill_ticket (
     queue INTEGER NOT NULL, place INTEGER NOT NULL,
     tenant TEXT NOT NULL, task TEXT NOT NULL, epoch INTEGER NOT NULL,
     PRIMARY KEY (queue, place)
   ) STRICT, WITHOUT ROWID`,
  'CREATE TABLE waybill_ticket_count (enqueued INTEGER NOT NULL) STRICT',
  'INSERT INTO waybill_ticket_count VALUES (0)',
];
