// The same as node.ts for a page, which has no environment variables, no flags, and no threads: its main thread may not wait for others.

export function environment(_name: string): string | undefined {
  return undefined;
}

export function processorCount(): number {
  return 1;
}

export function machineMemory(): number {
  // Pages are told gigabytes, rounded and 8 at most, or nothing.
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  const gibibytes: unknown = navigator instanceof Object ? Reflect.get(navigator, 'deviceMemory') : undefined;
  return (typeof gibibytes === 'number' ? gibibytes : 4) * 2 ** 30;
}

export function randomSeed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return Math.min((high & 0xffff) * 2 ** 32 + low, 2 ** 48 - 2);
}

export function warn(message: string, type: string): void {
  console.warn(`${type}: ${message}`);
}

export function withEngineFlag<T>(_flag: string, work: () => T): T {
  return work();
}
