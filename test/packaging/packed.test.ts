import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { nativePath } from '../../packages/core/src/kernels/backends/native.ts';
import { kernelVariants } from '../../packages/core/src/kernels/variant.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['core', 'data', 'nn', 'optim'];

describe('the packed packages, unpacked in a folder outside', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'convgrad-packed-')));
  const modules = join(folder, 'node_modules');
  const core = join(modules, '@convgrad/core');

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
      expect(top).to.have.members(['package.json', 'LICENSE', 'dist', ...(name === 'core' ? ['wasm', 'kernels'] : [])]);
    }
    const kernels = readdirSync(join(core, 'kernels'));
    expect(kernels).to.include.members(['kernel.h', 'gemm.cc', 'native']).and.to.not.include('generated');
    expect(readdirSync(join(modules, '@convgrad/core/wasm'))).to.have.members(['convgrad.wasm', 'convgrad-relaxed.wasm']);
  });

  for (const variant of kernelVariants) {
    it(`train where there is no compiler (${variant} kernels)`, () => {
      const {
        compiler,
        variant: used,
        backend,
        losses,
      } = JSON.parse(train(variant === 'relaxed' ? {} : { CONVGRAD_VARIANT: variant }).stdout);
      expect(compiler).to.equal('ERR_MODULE_NOT_FOUND');
      expect(used).to.equal(variant);
      expect(backend).to.equal('wasm');
      expect(losses).to.have.length(20);
      expect(losses[19]).to.be.lessThan(losses[0] / 2);
    });
  }

  it('compute on every thread', () => {
    const printed = execFileSync(process.execPath, ['threads.mjs'], {
      cwd: folder,
      env: environment({}),
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).to.deep.equal([true, true, true]);
  });

  it('say what is missing where native kernels are wanted and nobody built them', () => {
    expect(train({ CONVGRAD_BACKEND: 'native' }).stderr).to.include('else with `npx convgrad-build-native`');
  });

  it('say so where there is no compiler to build native kernels with', () => {
    const { status, stderr } = buildNative({ PATH: '', CXX: '' });
    expect(status).to.equal(1);
    expect(stderr).to.match(/^no C\+\+ compiler: neither c\+\+ nor g\+\+ nor clang\+\+ can be run/);
    expect(buildNative({ CXX: 'no-such-compiler' }).stderr).to.match(
      /^the C\+\+ compiler that CXX names, 'no-such-compiler', cannot be run/,
    );
  });

  // Where they were not built, .ci/run says that there is no compiler.
  if (existsSync(nativePath)) {
    it("build native kernels with the user's compiler, and train with them", function () {
      this.timeout(600_000);
      // What was compiled in the checkout from the same sources with the same flags is taken from there.
      symlinkSync(join(repository, 'packages/core/.cache'), join(core, '.cache'), 'junction');
      const first = buildNative({});
      expect(first.stdout, first.stderr).to.equal(`built ${join(core, 'native', basename(nativePath))}\n`);
      expect(buildNative({})).to.include({ status: 0, stderr: '' });
      const wasm = JSON.parse(train({ CONVGRAD_BACKEND: 'wasm' }).stdout);
      const native = JSON.parse(train({}).stdout);
      expect(native.backend).to.equal('native');
      expect(native.losses[0]).to.be.closeTo(wasm.losses[0], 1e-5);
      expect(native.losses[19]).to.be.lessThan(native.losses[0] / 2);
    });

    it('go on with WebAssembly, and say so, where the native kernels are damaged', () => {
      writeFileSync(join(core, 'native', basename(nativePath)), 'damaged');
      const { stdout, stderr } = train({});
      expect(JSON.parse(stdout).backend).to.equal('wasm');
      expect(stderr).to.include('there are no native kernels that can be loaded').and.to.include('until then WebAssembly serves');
    });
  }

  it("have declarations that a user's file can be checked against where there are Node's, and nothing is skipped", () => {
    const compilerOptions = { module: 'nodenext', target: 'es2022', lib: ['es2023'], types: ['node'], strict: true, noEmit: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    expect(output(() => execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe', encoding: 'utf8' }))).to.equal('');
  });

  function train(settings: Readonly<Record<string, string>>): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, ['train.mjs'], { cwd: folder, env: environment(settings), encoding: 'utf8' });
  }

  function buildNative(settings: Readonly<Record<string, string>>): SpawnSyncReturns<string> {
    const { bin } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));
    return spawnSync(process.execPath, [join(core, bin['convgrad-build-native'])], { env: environment(settings), encoding: 'utf8' });
  }

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

/** A user's environment: of convgrad's settings only these. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('CONVGRAD_'));
  return { ...Object.fromEntries(others), NODE_OPTIONS: '', ...settings };
}

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
