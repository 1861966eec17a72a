// In the place of read_binary.ts in a page: the binary is fetched before anything else runs.
import { ResourceError } from '../errors.ts';
import { preferredVariant } from './variant.ts';

// Written out, so that bundlers see which files belong to the program.
const places = {
  plain: () => new URL('../../wasm/convgrad.wasm', import.meta.url),
  relaxed: () => new URL('../../wasm/convgrad-relaxed.wasm', import.meta.url),
};
const bytes = await fetchBytes(places[preferredVariant(undefined)]());

export function readBinary(): Uint8Array {
  return bytes;
}

async function fetchBytes(place: URL): Promise<Uint8Array> {
  const response = await fetch(place);
  if (!response.ok) {
    throw new ResourceError(`the kernels' binary ${place} cannot be fetched: ${response.status} ${response.statusText}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
