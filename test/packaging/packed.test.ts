import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { preferredVariant } from '../../packages/core/src/kernels/variant.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['core', 'data', 'nn', 'optim'];

describe('the packed packages, unpacked in a folder outside', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'convgrad-packed-')));
  const modules = join(folder, 'node_modules');

  before(function () {
    // Packing builds what is missing, which is one more variant of the kernels where nobody built it yet.
    this.timeout(600_000);
    execFileSync('npm', ['pack', '--workspaces', '--pack-destination', folder], { cwd: repository, stdio: 'pipe' });
    for (const name of packages) {
      unpack(name);
    }
    link('@types/node');
    link('undici-types');
    cpSync(fileURLToPath(new URL('user', import.meta.url)), folder, { recursive: true });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('hold what a user needs and nothing else', () => {
    for (const name of packages) {
      const top = readdirSync(join(modules, '@convgrad', name));
      expect(top).to.have.members(['package.json', 'LICENSE', 'dist', ...(name === 'core' ? ['wasm'] : [])]);
    }
    expect(readdirSync(join(modules, '@convgrad/core/wasm'))).to.have.members(['convgrad.wasm', 'convgrad-relaxed.wasm']);
  });

  for (const variant of preferredVariant(undefined) === 'relaxed' ? ['relaxed', 'plain'] : ['plain']) {
    it(`train where there is no compiler (${variant} kernels)`, () => {
      const env = { ...process.env, CONVGRAD_VARIANT: variant, NODE_OPTIONS: '' };
      const output = execFileSync(process.execPath, ['train.mjs'], { cwd: folder, env, encoding: 'utf8' });
      const { compiler, variant: used, losses } = JSON.parse(output);
      expect(compiler).to.equal('ERR_MODULE_NOT_FOUND');
      expect(used).to.equal(variant);
      expect(losses).to.have.length(20);
      expect(losses[19]).to.be.lessThan(losses[0] / 2);
    });
  }

  it('compute on every thread', () => {
    const printed = execFileSync(process.execPath, ['threads.mjs'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).to.deep.equal([true, true, true]);
  });

  it("have declarations that a user's file can be checked against where there are Node's, and nothing is skipped", () => {
    const compilerOptions = { module: 'nodenext', target: 'es2022', lib: ['es2023'], types: ['node'], strict: true, noEmit: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    expect(output(() => execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe', encoding: 'utf8' }))).to.equal('');
  });

  function unpack(name: string): void {
    const target = join(modules, '@convgrad', name);
    mkdirSync(target, { recursive: true });
    const tarball = readdirSync(folder).find((file) => file.startsWith(`convgrad-${name}-`) && file.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', join(folder, tarball ?? ''), '--strip-components=1', '-C', target]);
    const { dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      if (!dependency.startsWith('@convgrad/')) {
        link(dependency);
      }
    }
  }

  function link(dependency: string): void {
    const place = join(modules, dependency);
    mkdirSync(join(place, '..'), { recursive: true });
    rmSync(place, { force: true });
    symlinkSync(join(repository, 'node_modules', dependency), place, 'junction');
  }
});

/** What a program printed, also where it failed. */
function output(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) {
      return String(error.stdout);
    }
    throw error;
  }
}
