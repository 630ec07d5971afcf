import { rm, writeFile } from 'node:fs/promises';
import { defineEffect, defineHandler, definePlugin } from '@waybill/core';
import { z } from 'zod';

/** A seat is a file: something outside the store, which no transaction takes back. */
const reserveSeat = defineEffect({
  name: 'seat.reserve',
  args: z.object({ file: z.string(), guest: z.string() }),
  async do({ file, guest }, { key }) {
    await writeFile(file, `${guest} (${key})`);
    return { guest };
  },
  async undo({ file }) {
    await rm(file, { force: true }); // must succeed also if `do` never happened
    console.log(`  undone in worker ${process.argv[2]}`);
  },
});

export const bookTrip = defineHandler({
  topic: 'trip.book',
  input: z.object({ file: z.string(), guest: z.string() }),
  // One attempt: when its worker dies there is no second one, and what it has done must be undone.
  retry: { attempts: 1 },
  async run({ file, guest }, work) {
    await work.effect(reserveSeat, { file, guest });
    console.log(`  worker ${process.argv[2]} has reserved a seat, and is killed`);
    process.kill(process.pid, 'SIGKILL');
    return { guest };
  },
});

export default definePlugin({ name: 'trips', handlers: [bookTrip], effects: [reserveSeat] });
