import { expect } from 'chai';
import { ShapeError } from '../../../packages/core/src/errors.ts';
import { collapseDims } from '../../../packages/core/src/kernels/dims.ts';
import { taskCount } from '../../../packages/core/src/kernels/tasks.ts';

describe('collapseDims', () => {
  it('makes one dimension of contiguous operands', () => {
    expect(collapseDims([2, 3, 4], [[12, 4, 1]])).to.deep.equal({ shape: [24], strides: [[1]] });
  });

  it('keeps a boundary where one operand is broadcast', () => {
    const strides = [
      [12, 4, 1],
      [0, 4, 1],
    ];
    expect(collapseDims([2, 3, 4], strides)).to.deep.equal({
      shape: [2, 12],
      strides: [
        [12, 1],
        [0, 1],
      ],
    });
  });

  it('drops dimensions of length 1, whatever their strides', () => {
    expect(collapseDims([1, 5, 1, 2], [[99, 2, 7, 1]])).to.deep.equal({ shape: [10], strides: [[1]] });
  });

  it('makes one dimension of a single element', () => {
    expect(collapseDims([], [[], []])).to.deep.equal({ shape: [1], strides: [[1], [1]] });
  });

  it('refuses more than 8 dimensions that cannot be merged', () => {
    const shape = new Array(9).fill(2);
    const strides = shape.map((_, dim) => (dim % 2 === 0 ? 0 : 2 ** (8 - dim)));
    expect(() => collapseDims(shape, [strides])).to.throw(
      ShapeError,
      'at most 8 dimensions that cannot be merged are supported, but [2, 2, 2, 2, 2, 2, 2, 2, 2] has 9',
    );
  });
});

describe('taskCount', () => {
  it('gives no task for no work, one for a little, else an even number of at most 64', () => {
    expect([0, 1, 65536, 65537, 131073, 1e9].map((elements) => taskCount(elements))).to.deep.equal([0, 1, 1, 2, 4, 64]);
  });

  it('gives no more tasks than there are units', () => {
    expect(taskCount(1e9, 3)).to.equal(3);
  });
});
