import { cat, clone, flip, inferenceMode, noGrad, ones, pad, permute, repeat, roll, slice, split, type Tensor, tril } from '@convgrad/core';
import { expect } from 'chai';
import { x234 } from './inputs.ts';

describe('movement in the arena', () => {
  it('gives what it gives for ordinary arrays', () => {
    const calls: ((x: Tensor) => Tensor)[] = [
      (x) => permute(x, [2, 0, 1]),
      (x) => slice(x, 1, -1, null, -1),
      (x) => flip(x, [0, 2]),
      (x) => roll(x, [1, 2], [0, 2]),
      (x) => cat([x, x], 1),
      (x) => cat(split(x, [1, 3], 2).reverse(), 2),
      (x) => tril(x),
      (x) => repeat(x, [1, 2, 2]),
      (x) => pad(x, [1, 1], { mode: 'reflect' }),
      (x) => pad(x, [1, 1, -1, 0]),
    ];
    for (const call of calls) {
      const ordinary = call(x234());
      const inArena = inferenceMode(() => call(clone(x234())));
      expect(inArena.toArray()).to.deep.equal(ordinary.toArray());
    }
  });

  it('refuses a tensor that backward recycled', () => {
    const x = ones([64, 512], { requiresGrad: true });
    const large = x.mul(2);
    permute(large, [1, 0]).sum().backward();
    expect(() => permute(large, [1, 0])).to.throw('backward() recycled its memory');
    expect(() => noGrad(() => slice(large, 0, 1))).to.throw('backward() recycled its memory');
  });
});
