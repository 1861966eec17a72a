import { ArgumentError, DTypeError, ShapeError, type Tensor, tensor } from '@convgrad/core';
import { collate } from '@convgrad/data';
import { expect } from 'chai';

describe('collate', () => {
  it('stacks tensors along a new first dimension', () => {
    const batch = collate([tensor([1, 2, 3]), tensor([4, 5, 6])]);
    expect(batch.shape).to.deep.equal([2, 3]);
    expect(Array.from(batch.data)).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('keeps the dtype, also of scalars', () => {
    const labels = collate([tensor(3, { dtype: 'int32' }), tensor(1, { dtype: 'int32' })]);
    expect(labels.dtype).to.equal('int32');
    expect(labels.shape).to.deep.equal([2]);
    expect(Array.from(labels.data)).to.deep.equal([3, 1]);
  });

  it('makes a float32 tensor of numbers and a list of strings', () => {
    const numbers = collate([1.5, 2]);
    expect(numbers.dtype).to.equal('float32');
    expect(Array.from(numbers.data)).to.deep.equal([1.5, 2]);
    expect(collate(['a', 'b'])).to.deep.equal(['a', 'b']);
  });

  it('goes into tuples and records, whose types it keeps', () => {
    const samples: [Tensor, { name: string; weight: number }][] = [
      [tensor([1]), { name: 'a', weight: 0.5 }],
      [tensor([2]), { name: 'b', weight: 0.25 }],
    ];
    const [x, { name, weight }] = collate(samples);
    expect(Array.from(x.data)).to.deep.equal([1, 2]);
    expect(name).to.deep.equal(['a', 'b']);
    expect(Array.from(weight.data)).to.deep.equal([0.5, 0.25]);
  });

  it('refuses samples that do not fit together', () => {
    expect(() => collate([tensor([1, 2]), tensor([1])])).to.throw(ShapeError, 'collate: sample 0 has shape [2], but sample 1 has [1]');
    expect(() => collate([tensor([1]), tensor([1], { dtype: 'float64' })])).to.throw(
      DTypeError,
      'collate: sample 0 is float32, but sample 1 is float64',
    );
    expect(() => collate([[1], [1, 2]])).to.throw(ArgumentError, 'collate: sample 0 has 1 members, but sample 1 has 2');
    expect(() => collate<Record<string, number>>([{ a: 1 }, { b: 1 }])).to.throw(ArgumentError, 'has the members a, but sample 1 has b');
    expect(() => collate<number | string>([1, 'a'])).to.throw(ArgumentError, 'got number and string');
    expect(() => collate([])).to.throw(ArgumentError, 'collate: there are no samples');
  });

  it('refuses other kinds of samples, and says what to do', () => {
    expect(() => collate([new Map(), new Map()])).to.throw(ArgumentError, 'got Map; give the DataLoader a collate function of your own');
    expect(() => collate([null, undefined])).to.throw(ArgumentError, 'got null and undefined');
  });
});
