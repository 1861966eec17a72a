import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { StepFailure } from '../failures.ts';
import type { ObjectPlan } from '../object_plan.ts';
import type { BuildProgress } from '../progress_lines.ts';
import type { Compiler } from './compiler.ts';
import type { NativeObject } from './plan.ts';

/** Compiles objects, as many at a time as there are processors. @returns those that failed. */
export async function compileObjects(
  compiler: Compiler,
  objects: readonly NativeObject[],
  cache: string,
  progress: BuildProgress,
): Promise<StepFailure[]> {
  const queue = [...objects];
  const failures: StepFailure[] = [];
  const drain = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { object, flags } = next;
      const start = performance.now();
      const messages = await compileObject(compiler, object, flags, cache);
      progress.finished(object.label, (performance.now() - start) / 1000);
      if (messages !== undefined) failures.push({ step: object.label, messages });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, drain));
  return failures;
}

/** Runs the compiler in a folder. @returns what it said if it failed. */
export function runCompiler(compiler: Compiler, args: readonly string[], folder: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler.command, [...compiler.args, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let messages = '';
    const collect = (data: Buffer): void => {
      messages += data.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? undefined : messages || `${compiler.command} ended with exit code ${code}`));
  });
}

/** A folder inside the cache for the time of `work`. */
export async function inFolder<R>(cache: string, work: (folder: string) => Promise<R>): Promise<R> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'native-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// From copies of the very files that the object's hash was made of, in a folder of their own.
function compileObject(compiler: Compiler, object: ObjectPlan, flags: readonly string[], cache: string): Promise<string | undefined> {
  return inFolder(cache, async (folder) => {
    for (const [path, text] of object.files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const messages = await runCompiler(compiler, [...flags, object.main, '-o', 'object.o'], folder);
    if (messages === undefined) renameSync(join(folder, 'object.o'), object.path);
    return messages;
  });
}
