/** Calls a function as code without types might: with arguments that the compiler would refuse. */
export function untyped(f: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown {
  return Reflect.apply(f, undefined, args);
}
