import {
  ArgumentError,
  apply,
  customFunction,
  DTypeError,
  defineFunction,
  detectAnomaly,
  GradientError,
  grad,
  ones,
  RecycledError,
  readable,
  type Tensor,
  tensor,
  zeros,
} from '@convgrad/core';
import { expect } from 'chai';
import { untyped } from './untyped.ts';

const leaf = (shape: readonly number[] = [2]): Tensor => ones(shape, { requiresGrad: true });

describe('errors of gradients', () => {
  it('requiresGrad_ names what made a tensor that is no leaf, and the dtype that has no gradients', () => {
    expect(() => leaf().exp().requiresGrad_(false)).to.throw(
      GradientError,
      'requiresGrad: only of leaves can it be changed, and the tensor of shape [2] was made by exp; use detach() for one without gradients',
    );
    expect(() => tensor([1, 2], { dtype: 'int32' }).requiresGrad_()).to.throw(
      DTypeError,
      'requiresGrad: only float32 and float64 tensors can have gradients, not int32 [2]',
    );
  });

  it('.grad names both shapes and dtypes', () => {
    const x = leaf();
    expect(() => {
      x.grad = zeros([3], { dtype: 'float64' });
    }).to.throw(GradientError, 'grad: expected a float32 tensor of shape [2], got float64 [3]');
    expect(x.grad).to.equal(null);
  });

  it('retainGrad and registerHook say that no gradient will come', () => {
    expect(() => zeros([2, 3]).retainGrad()).to.throw(
      GradientError,
      'retainGrad: the float32 tensor of shape [2, 3] does not require gradients',
    );
    expect(() => zeros([2, 3]).registerHook(() => undefined)).to.throw(
      GradientError,
      'registerHook: the float32 tensor of shape [2, 3] does not require gradients',
    );
    expect(() => Reflect.apply(leaf().registerHook, leaf(), [7])).to.throw(ArgumentError, 'registerHook: expected a function, got 7');
  });

  it('grad wants a list of inputs', () => {
    expect(() => grad(leaf().sum(), [])).to.throw(ArgumentError, 'grad: inputs must be a list of at least one tensor, got none');
    expect(() => untyped(grad, leaf().sum(), 3)).to.throw(ArgumentError, 'grad: inputs must be a list of at least one tensor, got 3');
  });

  it('backward names the function whose graph is gone, also deep in the graph and on a side branch', () => {
    const x = leaf();
    const h = x.exp();
    const side = h.mul(2);
    h.sum().backward();
    const message = 'backward: trying to go through the graph a second time: ';
    expect(() => h.sin().sum().backward()).to.throw(GradientError, `${message}exp was already consumed by a backward()`);
    expect(() => side.sum().backward()).to.throw(GradientError, `${message}mul was already consumed by a backward()`);
    expect(() => side.sum().backward()).to.throw(GradientError, 'Use backward({ retainGraph: true }) the first time, or detach()');
  });

  it('a function names what it did not save', () => {
    const forgetful = defineFunction<[Tensor]>({
      name: 'forgetful',
      forward(call, [x]) {
        call.save(null);
        return call.view(x, x.shape);
      },
      backward: (call) => [call.saved(0)],
    });
    expect(() => apply(forgetful, [leaf()], undefined).sum().backward()).to.throw(
      GradientError,
      'forgetful: nothing was saved as number 0',
    );
  });

  it('anomaly mode names the function, what it made and where', () => {
    const root = () => detectAnomaly(() => tensor([4, -1], { requiresGrad: true }).sqrt());
    expect(root).to.throw(GradientError, 'anomaly: the forward of sqrt made NaN in its result of shape [2] (flat index 1)');
    expect(root).to.throw(GradientError, 'autograd.test.ts');
    const backward = () => detectAnomaly(() => tensor([4, 0], { requiresGrad: true }).sqrt().sum().backward());
    expect(backward).to.throw(
      GradientError,
      'anomaly: the backward of sqrt made Infinity in the gradient of its input 0 of shape [2] (flat index 1)',
    );
  });

  it("a custom function's wrong gradients are told by number, shape and dtype", () => {
    const returning = (...gradients: (Tensor | null)[]) =>
      customFunction<[Tensor]>({ name: 'mine', forward: (_context, x) => x.mul(1), backward: () => gradients });
    const run =
      (...gradients: (Tensor | null)[]) =>
      () => {
        const result = returning(...gradients)(leaf());
        for (const output of 'shape' in result ? [result] : result) output.sum().backward();
      };
    expect(run()).to.throw(GradientError, 'mine: backward returned 0 gradients for 1 inputs');
    expect(run(zeros([3]))).to.throw(
      GradientError,
      'mine: backward returned a float32 gradient of shape [3] for input 0, which is float32 [2]',
    );
  });
});

describe('errors of recycled tensors', () => {
  /** Larger than the 64 KiB up to which results survive. */
  const recycled = (): Tensor => {
    const y = leaf([200, 100]).exp();
    y.sum().backward();
    return y;
  };

  it('name the shape, what recycled them and the remedy, wherever they are read', () => {
    const y = recycled();
    const message =
      'this tensor of shape [200, 100] is gone: backward() recycled its memory, as that of every large intermediate result. ' +
      'Call .keep() on it before backward(), or backward({ retainGraph: true }).';
    const reads: readonly (() => unknown)[] = [
      () => y.data,
      () => y.toArray(),
      () => y.add(1),
      () => y.detach(),
      () => y.keep(),
      () => y.reshape([-1]),
      () => y.sum(),
    ];
    for (const read of reads) expect(read).to.throw(RecycledError, message);
  });

  it('name the size to a kernel that is given the storage alone', () => {
    const { storage } = recycled();
    expect(() => readable(storage)).to.throw(RecycledError, 'this tensor of shape [20000] is gone: backward() recycled its memory');
    expect(() => storage.moveToArray()).to.throw(RecycledError, 'this tensor of shape [20000] is gone: backward() recycled its memory');
  });
});
