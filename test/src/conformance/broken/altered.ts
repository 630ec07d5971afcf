/** The reference with some members replaced. All others work on the reference itself. */
export const altered = <T extends object>(reference: T, changes: Partial<T>): T =>
  new Proxy(reference, {
    get: (target, name) => {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
