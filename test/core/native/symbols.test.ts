import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { findCompiler } from '../../../packages/core/build/native/compiler.ts';
import { instructionSets } from '../../../packages/core/build/native/instruction_sets.ts';
import { planAddon } from '../../../packages/core/build/native/plan.ts';
import { buildFolders } from '../../../packages/core/build/paths.ts';
import { nativePath } from '../../../packages/core/src/kernels/backends/native.ts';

const hasSymbolLister = spawnSync('nm', ['--version']).status === 0;

if (existsSync(nativePath) && hasSymbolLister) {
  describe("the native kernels' objects", () => {
    const { objects } = planAddon(buildFolders(), findCompiler());

    for (const { name } of instructionSets()) {
      // The linker keeps one of several functions of a name: one made for AVX-512 must not stand in for another set's.
      it(`give the linker no name that another set's have: ${name}`, () => {
        const own = objects.filter(({ object, flags }) => flags.includes(`-Dconvgrad=convgrad_${name}`) && existsSync(object.path));
        expect(own).to.not.deep.equal([]);
        const { stdout } = spawnSync('nm', ['--defined-only', '--extern-only', ...own.map(({ object }) => object.path)], {
          encoding: 'utf8',
          maxBuffer: 2 ** 28,
        });
        const names = [...stdout.matchAll(/^[0-9a-f]+ [A-Zuvw] (\S+)$/gm)].map((match) => match[1] ?? '');
        expect(names.length).to.be.greaterThan(100);
        expect(names.filter((symbol) => !symbol.includes(`convgrad_${name}`) && !symbol.endsWith(`_${name}`))).to.deep.equal([]);
      });
    }
  });
}
