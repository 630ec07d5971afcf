import { isEnv, isSecret } from './references.ts';

const hidden = '***';
const sensitiveName = /pass(word|phrase|wd)?|secret|token|credential|api[-_]?key|private[-_]?key|auth\b/i;
const longestShown = 80;

/** How the value at `path` may be shown to people: secrets, sensitive keys and passwords in URLs are hidden. */
export const redactedValue = (path: readonly PropertyKey[], value: unknown): string => {
  if (isSecret(value))
    return 'secret' in value ? `secret ${value.secret}` : `secret file ${value.secretFile}`;
  if (isEnv(value)) return `env ${value.env}`;
  if (value === undefined) return 'nothing';
  if (path.some((segment) => sensitiveName.test(String(segment)))) return hidden;
  if (typeof value === 'string') return JSON.stringify(shorten(redactUrl(value)));
  if (Array.isArray(value)) return describeList(path, value);
  if (typeof value === 'object' && value !== null) return isNamed(value) ? value.name : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
};

/** Hides user, password and sensitive parameters of every URL in the text. */
export const redactUrl = (text: string): string =>
  text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, `$1${hidden}@`)
    .replaceAll(/([?&][^=&#\s]*(?:pass|secret|token|key|auth)[^=&#\s]*=)[^&#\s]*/gi, `$1${hidden}`);

/** Hides these secrets in a text, also where they were encoded on their way into it. */
export const hideSecrets = (text: string, secrets: Iterable<string>): string => {
  let shown = text;
  for (const value of secrets) {
    if (value.length < shortestSecret) continue;
    for (const form of formsOf(value)) shown = shown.replaceAll(form, hidden);
  }
  return shown;
};

/** A shorter one would hide half of every sentence, and guards nothing. */
const shortestSecret = 4;

const formsOf = (value: string): ReadonlySet<string> =>
  new Set([
    value,
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
  ]);

const shorten = (text: string): string =>
  text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;

const mostShown = 8;

const describeList = (path: readonly PropertyKey[], items: readonly unknown[]): string => {
  const shown = items
    .slice(0, mostShown)
    .map((item) => (Array.isArray(item) ? 'a list' : redactedValue(path, item)));
  return `[${[...shown, ...(items.length > mostShown ? ['…'] : [])].join(', ')}]`;
};

const isNamed = (value: object): value is { readonly name: string } =>
  'name' in value && typeof value.name === 'string' && 'module' in value;
