import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { nativePath } from '../../../packages/core/src/kernels/backends/native.ts';
import { runProgram } from './run_program.ts';

if (existsSync(nativePath)) {
  describe('native kernels in several threads of a program', () => {
    it('keep to the memory of each, and to its end', async () => {
      const { code, output, messages } = await runProgram('workers.mjs', { CONVGRAD_BACKEND: 'native' });
      expect(messages).to.equal('');
      expect(code).to.equal(0);
      expect(JSON.parse(output)).to.deep.equal([
        { backend: 'native', sum: 1 },
        { backend: 'native', sum: 2 },
      ]);
    });
  });
}
