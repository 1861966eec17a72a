import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '../../src/errors.ts';
import { nativeFileName, nativeFilePrefix } from '../../src/kernels/backends/native_file.ts';
import { pruneCache } from '../cache.ts';
import { describeFailures, type StepFailure } from '../failures.ts';
import { objectsToCompile } from '../object_plan.ts';
import type { BuildFolders } from '../paths.ts';
import { startLines } from '../progress_lines.ts';
import { compileObjects, inFolder, runCompiler } from './compile.ts';
import { type Compiler, findCompiler } from './compiler.ts';
import { linkFlags } from './flags.ts';
import { type NativePlan, planAddon } from './plan.ts';

/** What a build of the addon did. */
export interface NativeBuild {
  readonly outcome: 'fresh' | 'built';
  readonly path: string;
}

/**
 * Brings the addon up to date with the sources; says nothing if it is.
 *
 * @throws ResourceError where there is no compiler, or it failed.
 */
export async function buildAddon(folders: BuildFolders, compiler: Compiler = findCompiler()): Promise<NativeBuild> {
  const plan = planAddon(folders, compiler);
  const path = join(folders.addons, nativeFileName);
  if (carries(path, plan.mark)) {
    return { outcome: 'fresh', path };
  }
  mkdirSync(folders.cache, { recursive: true });
  const needed = new Set(objectsToCompile(plan.objects.map(({ object }) => object)));
  const byPlan = new Map(plan.objects.map((native) => [native.object, native]));
  const missing = [...needed].map((object) => byPlan.get(object)).filter((native) => native !== undefined);
  const progress = startLines(`native kernels, by ${compiler.command}`, missing.length + 1);
  const failures = await compileObjects(compiler, missing, folders.cache, progress);
  if (failures.length === 0) {
    failures.push(...(await link(folders, compiler, plan, path)));
    progress.finished('link', 0);
  }
  pruneCache(folders.cache);
  if (failures.length > 0) {
    throw new ResourceError(`the native kernels could not be built\n${describeFailures(failures).join('\n')}`);
  }
  return { outcome: 'built', path };
}

function link(folders: BuildFolders, compiler: Compiler, plan: NativePlan, path: string): Promise<StepFailure[]> {
  return inFolder(folders.cache, async (folder) => {
    const linked = join(folder, 'linked.node');
    const messages = await runCompiler(compiler, [...linkFlags, ...plan.objects.map(({ object }) => object.path), '-o', linked], folder);
    if (messages !== undefined) return [{ step: 'link', messages }];
    mkdirSync(folders.addons, { recursive: true });
    // A program may have the old one loaded, so that is replaced, not written over; what was built for other versions goes.
    renameSync(linked, path);
    const others = readdirSync(folders.addons).filter((name) => name.startsWith(nativeFilePrefix) && name !== nativeFileName);
    for (const name of others) rmSync(join(folders.addons, name), { force: true });
    return [];
  });
}

function carries(path: string, mark: string): boolean {
  try {
    return readFileSync(path).includes(mark);
  } catch {
    return false;
  }
}
