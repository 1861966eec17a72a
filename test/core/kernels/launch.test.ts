import { expect } from 'chai';
import { ArgumentError } from '../../../packages/core/src/errors.ts';
import { launch } from '../../../packages/core/src/kernels/launch.ts';
import { type Pointer, reserve, views } from '../../../packages/core/src/kernels/memory.ts';
import { backend } from '../../../packages/core/src/kernels/module.ts';

describe('launch', () => {
  const y = reserve(64);

  beforeEach(() => views().u8.fill(0, y, y + 64));

  it('passes pointers, integers and float64 numbers', () => {
    launch('fill', 'f64', { y, size: 3, value: -0.1 }, 1);
    expect([...views().f64.subarray(y / 8, y / 8 + 4)]).to.deep.equal([-0.1, -0.1, -0.1, 0]);
  });

  it('passes lists, of which only the first numbers may count', () => {
    const x = reserve(64);
    views().i32.set([1, 2, 3, 4, 5, 6], x / 4);
    launch('copy', 'i32', { x, y, rank: 2, shape: [3, 2], xStrides: [1, 3], yStrides: [2, 1] }, 1);
    expect([...views().i32.subarray(y / 4, y / 4 + 6)]).to.deep.equal([1, 4, 2, 5, 3, 6]);
  });

  it('runs the instance of the scalar it is asked for', () => {
    launch('fill', 'u8', { y, size: 2, value: 7 }, 1);
    expect([...views().u8.subarray(y, y + 4)]).to.deep.equal([7, 7, 0, 0]);
  });

  it('gives the same whatever the number of tasks, and runs nothing for none', () => {
    launch('fill', 'f32', { y, size: 5, value: 2 }, 3);
    expect([...views().f32.subarray(y / 4, y / 4 + 6)]).to.deep.equal([2, 2, 2, 2, 2, 0]);
    launch('fill', 'f32', { y, size: 5, value: 9 }, 0);
    launch('fill', 'f32', { y, size: 5, value: 9 }, -1);
    expect(views().f32[y / 4]).to.equal(2);
  });

  // Natively nothing stands between a kernel that is told nonsense and the process.
  if (backend() === 'wasm') {
    it('survives kernels that fail, on this thread and on others', () => {
      const nowhere = 2 ** 32 - 4096;
      for (let round = 0; round < 50; round++) {
        expect(() => launch('fill', 'f32', { y: nowhere, size: 100, value: 1 }, 1 + (round % 10))).to.throw(/./);
        launch('fill', 'f32', { y, size: 5, value: round }, 5);
        expect([...views().f32.subarray(y / 4, y / 4 + 6)]).to.deep.equal([round, round, round, round, round, 0]);
      }
    });
  }

  it('refuses a list of the wrong length', () => {
    const window = { planes: 0, inSize: [1, 1, 1], kernelSize: [1, 1, 1], outSize: [1, 1, 1], stride: [1, 1, 1], dilation: [1, 1, 1] };
    expect(() => launch('maxPool', 'f32', { x: y, y, indices: y, ...window, padding: [0, 0] }, 1)).to.throw(
      ArgumentError,
      'maxPool: padding takes 3 numbers, not 2',
    );
    const strides = { xStrides: [1], yStrides: [1] };
    expect(() => launch('copy', 'u8', { x: y, y, rank: 9, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], ...strides }, 1)).to.throw(
      ArgumentError,
      'copy: shape takes 8 numbers, not 9',
    );
  });

  it('does not compile with a wrong field, a missing one, or a scalar that the kernel is not made for', () => {
    // Never called: what matters is that the compiler expects each of these errors.
    const wrong = (pointer: Pointer): void => {
      // @ts-expect-error: `sise` is no field of fill
      launch('fill', 'f32', { y: pointer, sise: 1, value: 0 }, 1);
      // @ts-expect-error: `value` is missing
      launch('fill', 'f32', { y: pointer, size: 1 }, 1);
      // @ts-expect-error: there is no gemm of integers
      launch('gemm', 'i32', {}, 1);
      // @ts-expect-error: there is no such kernel
      launch('fil', 'f32', { y: pointer, size: 1, value: 0 }, 1);
    };
    expect(wrong).to.be.a('function');
  });
});
