/** A piece of a line: text from anywhere, and how it should look. Made safe where it is written, in `Output`. */
export type Part = string | { readonly text: string; readonly style: Style };
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export const bold = (text: string): Part => ({ text, style: 'bold' });
export const dim = (text: string): Part => ({ text, style: 'dim' });
export const red = (text: string): Part => ({ text, style: 'red' });
export const green = (text: string): Part => ({ text, style: 'green' });
export const yellow = (text: string): Part => ({ text, style: 'yellow' });
export const cyan = (text: string): Part => ({ text, style: 'cyan' });

export const textOf = (part: Part): string => (typeof part === 'string' ? part : part.text);
