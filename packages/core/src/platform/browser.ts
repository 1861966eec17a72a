// The same as node.ts for a page: no environment variables, no threads (a page's main thread may not wait for others), and the
// kernels fetched before anything else runs.
import { binaryName, preferredVariant } from '../kernels/variant.ts';

// Written out, so that bundlers see which files belong to the program.
const places = {
  [binaryName.plain]: () => new URL('../../wasm/convgrad.wasm', import.meta.url),
  [binaryName.relaxed]: () => new URL('../../wasm/convgrad-relaxed.wasm', import.meta.url),
};
const fetched = new Map<string, Uint8Array>();
const preferred = binaryName[preferredVariant(undefined)];
fetched.set(preferred, await fetchKernels(preferred));

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

export function kernelBytes(name: string): Uint8Array {
  const bytes = fetched.get(name);
  if (bytes === undefined) throw new Error(`${name} was not fetched`);
  return bytes;
}

async function fetchKernels(name: string): Promise<Uint8Array> {
  const place = places[name]?.();
  if (place === undefined) throw new Error(`there are no kernels ${name}`);
  const response = await fetch(place);
  if (!response.ok) throw new Error(`${place} cannot be fetched: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
