import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles the packages to their `dist`, and a program of `workers/` to one file of JavaScript that uses them, as an installed package
 * is used. Gives the path of the file.
 */
export async function compiled(program: string): Promise<string> {
  const compiler = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--build'], { cwd: repository, encoding: 'utf8' });
  if (compiler.status !== 0) throw new Error(`the packages do not compile:\n${compiler.stdout}${compiler.stderr}`);
  const outfile = fileURLToPath(new URL(`../.build/${program}.mjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL(`../workers/${program}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
