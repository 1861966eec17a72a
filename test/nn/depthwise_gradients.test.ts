import { grad, gradcheck, gradgradcheck, type Tensor } from '@convgrad/core';
import { conv1d, conv2d } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, leaf } from './numbers.ts';

/** Gradients of one pass, and of the maps one by one, which a graph of them takes. */
function bothWays(y: () => Tensor, inputs: readonly Tensor[]): [readonly Tensor[], readonly Tensor[]] {
  const cotangent = leaf(y().shape, 9).detach().to(inputs[0].dtype);
  return [grad(y(), inputs, { gradOutputs: cotangent }), grad(y(), inputs, { gradOutputs: cotangent, createGraph: true })];
}

describe('nn: gradients of depthwise convolutions in one pass', () => {
  for (const [padding, size] of [
    [0, [11, 20]],
    [1, [28, 28]],
    [2, [9, 13]],
    ['same', [14, 14]],
  ] as const) {
    it(`are those of the maps one by one, padding ${padding} on ${size.join('x')}`, () => {
      const [x, weight, bias] = [leaf([2, 6, ...size], 1), leaf([6, 1, 3, 3], 2), leaf([6], 3)];
      const [fused, recorded] = bothWays(() => conv2d(x, weight, bias, { padding, groups: 6 }), [x, weight, bias]);
      fused.forEach((gradient, index) => {
        expect(gradient.requiresGrad).to.equal(false);
        expect(recorded[index].requiresGrad).to.equal(index < 2);
        expectClose(gradient, recorded[index], 1e-12);
      });
      const singles = [x, weight, bias].map((input) => input.detach().to('float32').detach().requiresGrad_());
      const [a, b, c] = singles;
      const [inFloat32] = bothWays(() => conv2d(a, b, c, { padding, groups: 6 }), singles);
      for (const [index, gradient] of inFloat32.entries()) expectClose(gradient.to('float64'), recorded[index], 1e-5);
    });
  }

  it('are those that are asked for: by weight alone, by image alone, without a bias', () => {
    const [x, weight] = [leaf([2, 4, 10, 12], 1), leaf([4, 1, 3, 3], 2)];
    const y = () => conv2d(x, weight, null, { padding: 1, groups: 4 });
    const [both] = bothWays(y, [x, weight]);
    for (const [index, input] of [x, weight].entries()) {
      const [alone] = bothWays(y, [input]);
      expectClose(alone[0], both[index], 1e-12);
    }
    const constant = x.detach();
    const cotangent = leaf([2, 4, 10, 12], 9).detach();
    const [byWeight] = grad(conv2d(constant, weight, null, { padding: 1, groups: 4 }), [weight], { gradOutputs: cotangent });
    expectClose(byWeight, both[1], 1e-12);
  });

  it('are right in both orders, by differences', () => {
    const [x, weight, bias] = [leaf([2, 3, 10, 11], 1), leaf([3, 1, 3, 3], 2), leaf([3], 3)];
    const y = (a: Tensor, b: Tensor, c: Tensor) => conv2d(a, b, c, { padding: 1, groups: 3 });
    gradcheck(y, [x, weight, bias]);
    gradgradcheck(y, [x, weight, bias]);
  });

  it('come from the pass, which adds up in another order than the maps, and of sequences from the maps', () => {
    const single = (shape: readonly number[], seed: number) => leaf(shape, seed).detach().to('float32').detach().requiresGrad_();
    const [image, square] = [single([2, 6, 28, 28], 1), single([6, 1, 3, 3], 2)];
    const [fused, recorded] = bothWays(() => conv2d(image, square, null, { padding: 1, groups: 6 }), [image, square]);
    expect(fused[1].toArray()).not.to.deep.equal(recorded[1].toArray());
    const [sequence, line] = [single([2, 6, 80], 1), single([6, 1, 3], 2)];
    const [once, again] = bothWays(() => conv1d(sequence, line, null, { padding: 1, groups: 6 }), [sequence, line]);
    expect(once[1].toArray()).to.deep.equal(again[1].toArray());
  });
});
