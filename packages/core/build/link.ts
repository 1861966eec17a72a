import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { binaryName, type KernelVariant } from '../src/kernels/variant.ts';
import type { CompilerJob } from './compiler_process.ts';
import { writeAtomically } from './files.ts';
import type { ObjectPlan } from './object_plan.ts';
import type { BuildFolders } from './paths.ts';
import { linkFlags } from './toolchain.ts';
import { outsideImports } from './wasm_imports.ts';

// The hash of what a binary was built from is a custom section at its end, so the two cannot be torn apart by an interrupted build.
const sectionName = 'build';
const hashLength = 64;

/** Where a variant's binary lies. */
export function binaryPath(folders: BuildFolders, variant: KernelVariant): string {
  return `${folders.binaries}/${binaryName[variant]}`;
}

/** The hash of a binary that is linked from these objects. */
export function linkHash(objects: readonly ObjectPlan[]): string {
  return createHash('sha256')
    .update(JSON.stringify([linkFlags, objects.map((object) => object.hash)]))
    .digest('hex');
}

/** The hash that a binary carries, or undefined where there is none. */
export function recordedHash(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const buffer = Buffer.alloc(hashLength);
    const size = fstatSync(file).size;
    readSync(file, buffer, 0, hashLength, Math.max(0, size - hashLength));
    return buffer.toString('latin1');
  } finally {
    closeSync(file);
  }
}

/** The linker's job: from objects in the cache to a bare binary in the cache. */
export function linkJob(folders: BuildFolders, objects: readonly ObjectPlan[]): CompilerJob {
  const files = new Map(objects.map((object) => [`${object.hash}.o`, readFileSync(object.path)]));
  const output = 'linked.wasm';
  return { args: [...linkFlags, ...files.keys(), '-o', output], files, output, path: `${folders.cache}/${linkHash(objects)}.wasm` };
}

/** What a linked binary wants from outside besides the memory, as a complaint; undefined if that is nothing. */
export function importComplaint(linked: string): string | undefined {
  const names = outsideImports(readFileSync(linked)).map(({ module, name }) => `${module}.${name}`);
  return names.length > 0 ? `kernels may call nothing outside, but the binary imports ${names.join(', ')}` : undefined;
}

/** Marks a linked binary with its hash and puts it in place. */
export function installBinary(linked: string, destination: string, hash: string): void {
  const section = Buffer.from(`${String.fromCharCode(sectionName.length)}${sectionName}${hash}`, 'latin1');
  writeAtomically(destination, Buffer.concat([readFileSync(linked), Buffer.of(0, section.length), section]));
}
