// In the place of native.ts in a page, which loads no addons.
import type { NativeRunner } from './backend.ts';

export function nativeRunner(_required: boolean): NativeRunner | undefined {
  return undefined;
}
