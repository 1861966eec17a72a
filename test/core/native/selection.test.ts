import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, backend, instructionSet, ResourceError } from '@convgrad/core';
import { expect } from 'chai';
import { loadNative, nativePath } from '../../../packages/core/src/kernels/backends/native.ts';
import { availableSets } from './available_sets.ts';
import { runProgram } from './run_program.ts';

const sum = 499500;

describe('the backend of the kernels', () => {
  it('is WebAssembly where CONVGRAD_BACKEND says so', async () => {
    const { output } = await runProgram('backend.ts', { CONVGRAD_BACKEND: 'wasm', CONVGRAD_VARIANT: 'plain' });
    expect(JSON.parse(output)).to.deep.equal({ backend: 'wasm', instructionSet: 'simd128', sum });
  });

  it('is else what was built', async () => {
    const { output, messages } = await runProgram('backend.ts', {});
    expect(messages).to.equal('');
    expect(JSON.parse(output)).to.include({ backend: existsSync(nativePath) ? 'native' : 'wasm', sum });
  });

  it('cannot be another', async () => {
    const { code, messages } = await runProgram('backend.ts', { CONVGRAD_BACKEND: 'fast' });
    expect(code).to.not.equal(0);
    expect(messages).to.include("ArgumentError: CONVGRAD_BACKEND is 'fast'; it can be 'wasm' or 'native'");
  });

  it('of this process is the one that it was started with', () => {
    expect(backend()).to.equal(process.env.CONVGRAD_BACKEND || (existsSync(nativePath) ? 'native' : 'wasm'));
    const sets = backend() === 'native' ? ['sse2', 'avx2', 'avx512', 'neon'] : ['simd128', 'relaxed-simd'];
    expect(sets).to.include(instructionSet());
  });
});

describe('native kernels that cannot be had', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convgrad-addon-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are an error that says how to build them', () => {
    const path = join(folder, 'absent.node');
    expect(() => loadNative(path)).to.throw(
      ResourceError,
      `there are no native kernels that can be loaded from ${path}; build the native kernels with \`npm run build:native\` in a checkout of convgrad, ` +
        'else with `npx convgrad-build-native`',
    );
  });

  it('are an error where the file is damaged', () => {
    const path = join(folder, 'damaged.node');
    writeFileSync(path, 'not a library');
    expect(() => loadNative(path)).to.throw(ResourceError, `there are no native kernels that can be loaded from ${path}`);
  });

  it('are an error where they were built for another version', () => {
    const path = join(folder, 'other.cjs');
    writeFileSync(path, 'module.exports = { attach() {}, interfaceVersion: 1 };');
    expect(() => loadNative(path)).to.throw(ResourceError, `the native kernels in ${path} were built for another version`);
  });
});

// Where they were not built, .ci/run says that there is no compiler.
if (existsSync(nativePath)) {
  describe('the instructions of the native kernels', () => {
    for (const set of availableSets()) {
      it(`are those that CONVGRAD_INSTRUCTIONS names: ${set}`, async () => {
        const { output } = await runProgram('backend.ts', { CONVGRAD_BACKEND: 'native', CONVGRAD_INSTRUCTIONS: set });
        expect(JSON.parse(output)).to.deep.equal({ backend: 'native', instructionSet: set, sum });
      });
    }

    it('are else the best that there are', async () => {
      const { output } = await runProgram('backend.ts', { CONVGRAD_BACKEND: 'native' });
      expect(JSON.parse(output)).to.deep.equal({ backend: 'native', instructionSet: availableSets()[0], sum });
    });

    it('cannot be others', async () => {
      const { messages } = await runProgram('backend.ts', { CONVGRAD_BACKEND: 'native', CONVGRAD_INSTRUCTIONS: 'mmx' });
      expect(messages).to.include(
        `${ArgumentError.name}: CONVGRAD_INSTRUCTIONS is 'mmx'; this processor has kernels for '${availableSets()[0]}'`,
      );
    });
  });
}
