import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type BuildResult, build } from 'esbuild';

const page = new URL('page/', import.meta.url);
const wasm = new URL('../../packages/core/wasm/', import.meta.url);

describe('a program for a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convgrad-page-'));
  const program = join(folder, 'dist/program.mjs');
  let bundle: BuildResult<{ metafile: true }>;

  before(async () => {
    bundle = await build({
      entryPoints: [fileURLToPath(new URL('train.ts', page))],
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      conditions: ['@convgrad/source'],
      metafile: true,
      logLevel: 'silent',
    });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is bundled without anything of Node', () => {
    expect(bundle.errors).to.deep.equal([]);
    const imports = Object.values(bundle.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect(imports.filter((path) => path.startsWith('node:'))).to.deep.equal([]);
  });

  it('trains there on its one thread, whatever number is asked for, in an engine without any of its own names', () => {
    const shell = join(folder, 'shell.mjs');
    writeFileSync(shell, shellProgram(pathToFileURL(program), wasm));
    const env = { ...process.env, NODE_OPTIONS: '', CONVGRAD_NUM_THREADS: '7' };
    const { threads, losses, printed } = JSON.parse(execFileSync(process.execPath, [shell], { env, encoding: 'utf8' }));
    expect(threads).to.equal(1);
    expect(losses).to.have.length(20);
    expect(losses[19]).to.be.lessThan(losses[0] / 2);
    expect(printed).to.equal('32,10');
  });
});

// What a page has and Node's engine has too; files are fetched from where a bundler would have put them.
function shellProgram(program: URL, kernels: URL): string {
  return `
    import { readFile } from 'node:fs/promises';
    const out = process.stdout;
    globalThis.fetch = async (place) => {
      const bytes = await readFile(new URL(place.pathname.split('/').at(-1), '${kernels}'));
      return { ok: true, arrayBuffer: async () => bytes };
    };
    for (const name of ['process', 'Buffer', 'setImmediate', 'clearImmediate', 'global', 'require']) delete globalThis[name];
    await import('${program}');
    out.write(JSON.stringify(globalThis.result));
  `;
}
