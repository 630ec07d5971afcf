import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Json } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import type { Surroundings } from './surroundings.ts';

/** More than any deployment allows, white space included; what is larger is not even read. */
const mostBytes = 8 * 1_048_576;

/** The input of a task as it was typed: JSON, `@file`, or `-` for standard input. */
export const readInput = async (typed: string, surroundings: Surroundings): Promise<Json> => {
  if (typed === '-') return parse(await readAll(surroundings.stdin, 'standard input'), 'standard input');
  if (typed.startsWith('@')) return parse(await readFile(typed.slice(1), surroundings.cwd), typed.slice(1));
  return parse(typed, 'the input');
};

const readFile = async (name: string, cwd: string): Promise<string> => {
  try {
    const file = await open(resolve(cwd, name));
    return await readAll(file.createReadStream(), name); // closes the file
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(
      code === 'ENOENT' ? `there is no file ${name}` : `${name} cannot be read: ${code}`,
      {
        exit: exitCodes.usage,
        fix: `@FILE names a JSON file, as seen from ${cwd}`,
      },
    );
  }
};

const readAll = async (source: AsyncIterable<string | Uint8Array>, name: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += part.byteLength;
    if (bytes > mostBytes) {
      throw new CommandError(`${name} is larger than ${mostBytes} bytes`, {
        exit: exitCodes.usage,
        fix: 'keep large data elsewhere, and submit where it is',
      });
    }
    chunks.push(part);
  }
  return decode(Buffer.concat(chunks), name);
};

/** Drops a byte order mark. */
const decode = (bytes: Uint8Array, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`${name} is not UTF-8: the first wrong byte is number ${firstWrong(bytes) + 1}`, {
      exit: exitCodes.usage,
      fix: 'save it as UTF-8; iconv can convert it',
    });
  }
};

/** Where the first character begins that is none. Halves the place: what is before it decodes, more does not. */
const firstWrong = (bytes: Uint8Array): number => {
  let [right, wrong] = [0, bytes.length];
  while (right < wrong) {
    const middle = (right + wrong + 1) >>> 1;
    if (begun(bytes.subarray(0, middle)) === undefined) wrong = middle - 1;
    else right = middle;
  }
  return Buffer.byteLength(begun(bytes.subarray(0, right)) ?? '');
};

/** The whole characters of a text that begins so; `undefined` if none does. */
const begun = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
};

const parse = (text: string, name: string): Json => {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    throw new CommandError(`${name} is not JSON: ${whereOf(error)}`, {
      exit: exitCodes.usage,
      fix: [
        `quote it for the shell: '{"name":"Ada"}'`,
        'or put it into a file: @input.json, or pipe it in: -',
      ],
    });
  }
};

/** V8 names the place and quotes the text around it; the text is nobody's business. */
const whereOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : '';
  const place = /\(line (\d+) column (\d+)\)/.exec(message);
  const what = message.split(/, ("|\.\.\.)| in JSON at /)[0] ?? message;
  return place === null ? what : `${what} at line ${place[1]}, column ${place[2]}`;
};
