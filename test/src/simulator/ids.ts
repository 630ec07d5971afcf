/** `worker-3`: the third process of its world. */
export const processName = (role: string, ordinal: number): string => `${role}-${ordinal}`;

/** In the form of a UUID; the first part says which process made it. */
export const idSource = (name: string): (() => string) => {
  const prefix = prefixOf(name);
  let made = 0;
  return () => `${prefix}-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`;
};

/** Whether this process made the id: the owner in a task's record is the id of a worker. */
export const isMadeBy = (id: string | undefined, name: string): boolean =>
  id?.startsWith(prefixOf(name)) === true;

const prefixOf = (name: string): string =>
  Number(name.slice(name.lastIndexOf('-') + 1))
    .toString(16)
    .padStart(8, '0');
