/** Cursors of core are JSON, which shells do not like: on the command line they are base64url of it. */
export const shownCursor = (cursor: string): string => Buffer.from(cursor).toString('base64url');

/** What is no cursor becomes text that core refuses as one. */
export const typedCursor = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');
