import { createHash } from 'node:crypto';
import { getNumThreads, setNumThreads, type Tensor } from '@convgrad/core';
import { expect } from 'chai';
import { anyoneElse, everyone, repeatUntil } from './take_part.ts';
import { works } from './works.ts';

const threadCounts = [2, 3, 8];

function bits(tensors: readonly Tensor[]): string {
  const hash = createHash('sha256');
  for (const tensor of tensors) {
    const numbers = tensor.toTypedArray();
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  return hash.digest('hex');
}

describe('results, to the last bit', () => {
  const usual = getNumThreads();
  const all = works();
  after(() => setNumThreads(usual));

  for (const [name, work] of Object.entries(all)) {
    it(`are the same on 1, ${threadCounts.join(', ')} threads: ${name}`, () => {
      setNumThreads(1);
      const alone = bits(work());
      for (const threads of threadCounts) {
        repeatUntil(anyoneElse, threads, () => expect(bits(work()), `${threads} threads`).to.equal(alone));
      }
    });
  }

  it('come from every thread', () => {
    const work = all['convolution, 3x3'];
    for (const threads of threadCounts) repeatUntil(everyone, threads, () => work?.());
  });
});
