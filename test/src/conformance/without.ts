/** The object without one of its fields. */
export const without = <T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> => {
  const { [name]: _dropped, ...rest } = value;
  return rest;
};
