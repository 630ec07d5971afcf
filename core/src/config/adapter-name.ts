/** How an adapter is called in messages, however the config names it. */
export const adapterName = (use: string | { readonly name: string }): string =>
  typeof use === 'string' ? use : use.name;
