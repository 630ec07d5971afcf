#!/usr/bin/env node
// npm links a command only to a file that is there when it installs: in a fresh clone nothing is built yet.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('✖ waybill is not built yet\n  fix: npm run build\n');
  process.exitCode = 3;
}
