/**
 * Messages in the order of their commits. A group holds those that it has passed and that are not settled yet:
 * lent to a listener, or waiting for their turn. A listener is one open channel with subscribers; it is alive
 * until `until`, and its interests are what its subscribers listen to.
 */
export const channelFormat: readonly string[] = [
  `CREATE TABLE waybill_message (
     cursor INTEGER PRIMARY KEY AUTOINCREMENT,
     subject TEXT NOT NULL, "key" TEXT, id TEXT NOT NULL, body TEXT NOT NULL,
     hint INTEGER NOT NULL, at INTEGER NOT NULL
   ) STRICT`,
  'CREATE INDEX waybill_message_subject ON waybill_message (subject, cursor)',
  'CREATE INDEX waybill_message_hint ON waybill_message (at) WHERE hint = 1',
  `CREATE TABLE waybill_group (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL, subject TEXT NOT NULL, passed INTEGER NOT NULL,
     UNIQUE (name, subject)
   ) STRICT`,
  `CREATE TABLE waybill_held (
     "group" INTEGER NOT NULL, cursor INTEGER NOT NULL,
     lane TEXT, listener INTEGER, notBefore INTEGER NOT NULL,
     PRIMARY KEY ("group", cursor)
   ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX waybill_held_lane ON waybill_held ("group", lane, cursor) WHERE lane IS NOT NULL',
  'CREATE TABLE waybill_listener (id INTEGER PRIMARY KEY AUTOINCREMENT, until INTEGER NOT NULL) STRICT',
  `CREATE TABLE waybill_interest (
     listener INTEGER NOT NULL, subject TEXT NOT NULL, PRIMARY KEY (listener, subject)
   ) STRICT, WITHOUT ROWID`,
  'CREATE TABLE waybill_interest_change (count INTEGER NOT NULL) STRICT',
  'INSERT INTO waybill_interest_change VALUES (0)',
];
