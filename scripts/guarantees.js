// Writes docs/guarantees.md: the promises, and the table of what each adapter declares. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declaredCapabilities } from './declared-capabilities.js';

const file = join(import.meta.dirname, '..', 'docs', 'guarantees.md');
const begin = '<!-- generated: npm run guarantees -->';
const end = '<!-- end -->';

const before = readFileSync(file, 'utf8');
const [head, rest] = before.split(begin);
const tail = rest?.split(end)[1];
if (head === undefined || tail === undefined) throw new Error(`${file} has lost its markers`);
const after = `${head}${begin}\n\n${await tables()}\n${end}${tail}`;

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/guarantees.md does not say what the adapters declare; run: npm run guarantees');
    process.exitCode = 1;
  }
} else writeFileSync(file, after);

async function tables() {
  const declared = await declaredCapabilities();
  return ['store', 'broker', 'channel'].map((port) => table(port, declared[port])).join('\n');
}

function table(port, adapters) {
  const technologies = Object.keys(adapters);
  const names = Object.keys(adapters[technologies[0]]);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const lines = [row([port, ...technologies]), row(['---', ...technologies.map(() => '---')])];
  for (const name of names)
    lines.push(row([`\`${name}\``, ...technologies.map((each) => say(adapters[each][name]))]));
  return `${lines.join('\n')}\n`;
}

function say(value) {
  return value === true ? 'yes' : value === false ? 'no' : String(value);
}
