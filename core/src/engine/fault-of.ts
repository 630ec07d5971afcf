import { isWaybillError } from '../errors.ts';
import { cut } from './cut.ts';

/** What the log says of an error. Only our own messages are known to carry no payloads. */
export const faultOf = (error: unknown): { readonly code: string; readonly message?: string } =>
  isWaybillError(error) ? { code: error.code, message: error.message } : { code: codeOf(error) };

export const codeOf = (error: unknown): string =>
  isWaybillError(error) ? error.code : error instanceof Error ? cut(error.name, 100) : 'unknown';
