import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { environment, warn } from '#platform';
import { ArgumentError, ResourceError } from '../../errors.ts';
import { interfaceVersion } from '../layout.ts';
import { memory } from '../wasm_memory.ts';
import type { InstructionSet, NativeRunner } from './backend.ts';
import { nativeFileName } from './native_file.ts';

/** What `kernels/native/addon.cc` exports. */
interface Addon {
  readonly interfaceVersion: number;
  /** Those that this processor has, the best first. */
  readonly instructionSets: readonly InstructionSet[];
  /** @returns whether it could. */
  readonly attach: (memory: Uint8Array, set: string) => boolean;
  readonly run: NativeRunner['run'];
  readonly runOnThreads: NativeRunner['runOnThreads'];
  readonly tasksRun: NativeRunner['tasksRun'];
}

/** How to come by an addon. */
export const nativeRemedy =
  'build the native kernels with `npm run build:native` in a checkout of convgrad, else with `npx convgrad-build-native`';

/** Address 0 is no address. */
const heapBase = 64;

/** Where the addon for this platform and this version of the kernels lies, if it was built. */
export const nativePath: string = fileURLToPath(new URL(`../../../native/${nativeFileName}`, import.meta.url));

/**
 * The native kernels; undefined where they are not `required` and were not built. Warns of those that were and cannot be loaded.
 *
 * @throws ResourceError where they are required and cannot be had.
 * @throws ArgumentError where `CONVGRAD_INSTRUCTIONS` names some that are not to be had.
 */
export function nativeRunner(required: boolean): NativeRunner | undefined {
  if (!required && !existsSync(nativePath)) {
    return undefined;
  }
  try {
    return loadNative();
  } catch (error) {
    if (required || !(error instanceof ResourceError)) {
      throw error;
    }
    warn(`${error.message}; until then WebAssembly serves`, 'ConvgradNativeWarning');
    return undefined;
  }
}

/**
 * Loads the addon and gives it the one memory. It runs the best instructions that the processor has, or those that
 * `CONVGRAD_INSTRUCTIONS` names.
 *
 * @throws ResourceError where there is none, or it cannot be loaded.
 * @throws ArgumentError where the instructions are not to be had.
 */
export function loadNative(path: string = nativePath): NativeRunner {
  const addon = load(path);
  const instructionSet = choose(addon.instructionSets);
  if (!addon.attach(new Uint8Array(memory.buffer), instructionSet)) {
    throw new ResourceError(`the native kernels in ${path} do not take this process's memory; ${nativeRemedy} again`);
  }
  const { run, runOnThreads, tasksRun } = addon;
  return { backend: 'native', instructionSet, run, runOnThreads, tasksRun, heapBase };
}

function load(path: string): Addon {
  let addon: unknown;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (cause) {
    throw new ResourceError(`there are no native kernels that can be loaded from ${path}; ${nativeRemedy}`, { cause });
  }
  if (!isAddon(addon) || addon.interfaceVersion !== interfaceVersion) {
    throw new ResourceError(`the native kernels in ${path} were built for another version; ${nativeRemedy} again`);
  }
  return addon;
}

function isAddon(exports: unknown): exports is Addon {
  return typeof exports === 'object' && exports !== null && 'attach' in exports && 'interfaceVersion' in exports;
}

function choose(available: readonly InstructionSet[]): InstructionSet {
  const forced = environment('CONVGRAD_INSTRUCTIONS');
  const chosen = forced === undefined ? available[0] : available.find((set) => set === forced);
  if (chosen === undefined) {
    throw new ArgumentError(`CONVGRAD_INSTRUCTIONS is '${forced}'; this processor has kernels for '${available.join("', '")}'`);
  }
  return chosen;
}
