import { inspect } from 'node:util';
import { arange, type DType, full, inferenceMode, ones, Parameter, type TensorData, tensor, zeros } from '@convgrad/core';
import { expect } from 'chai';

/*
 * The expected texts are what PyTorch 2.15 prints for the same tensors, but for the suffixes: dtype=float64 stands for
 * dtype=torch.float64, shape=[0, 3] for size=(0, 3), requiresGrad=true for requires_grad=True, gradFn=<mul> for grad_fn=<MulBackward0>, and
 * int32 is named (PyTorch's default is int64).
 */

function printed(data: TensorData, dtype?: DType): string {
  return String(dtype === undefined ? tensor(data) : tensor(data, { dtype }));
}

function lines(...text: readonly string[]): string {
  return text.join('\n');
}

describe('a printed tensor', () => {
  it('has a point and no decimals where all numbers are whole', () => {
    expect(
      printed([
        [1, 2],
        [3, 4],
      ]),
    ).to.equal(lines('tensor([[1., 2.],', '        [3., 4.]])'));
    expect(printed([0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).to.equal('tensor([0., nan, inf, -inf])');
  });

  it('has four decimals elsewhere, aligned', () => {
    expect(
      printed([
        [1.5, -2.25],
        [3, 100],
      ]),
    ).to.equal(lines('tensor([[  1.5000,  -2.2500],', '        [  3.0000, 100.0000]])'));
    expect(printed([1000, 1.5])).to.equal('tensor([1000.0000,    1.5000])');
    expect(printed([0.5, Number.NaN, -0])).to.equal('tensor([0.5000,    nan, -0.0000])');
    expect(printed(Math.PI)).to.equal('tensor(3.1416)');
  });

  it('is in scientific notation where the numbers are far apart, large or small', () => {
    expect(printed([1001, 1])).to.equal('tensor([1.0010e+03, 1.0000e+00])');
    expect(printed([1e-5, 1])).to.equal('tensor([1.0000e-05, 1.0000e+00])');
    expect(printed([1e9, 2e9])).to.equal('tensor([1.0000e+09, 2.0000e+09])');
  });

  it('rounds half-way cases to even', () => {
    expect(printed([0.03125, 0.09375, 2.5])).to.equal('tensor([0.0312, 0.0938, 2.5000])');
    expect(printed([100005, 1, 1e-3], 'float64')).to.equal('tensor([1.0000e+05, 1.0000e+00, 1.0000e-03], dtype=float64)');
    expect(printed([999950000, 1], 'float64')).to.equal('tensor([9.9995e+08, 1.0000e+00], dtype=float64)');
    expect(printed([99999.5, 1e-3], 'float64')).to.equal('tensor([1.0000e+05, 1.0000e-03], dtype=float64)');
  });

  it('shows integers as they are, and an empty line between matrices', () => {
    expect(printed(7, 'int32')).to.equal('tensor(7, dtype=int32)');
    expect(
      printed(
        [
          [
            [1, -20],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        'int32',
      ),
    ).to.equal(lines('tensor([[[  1, -20],', '         [  3,   4]],', '', '        [[  5,   6],', '         [  7,   8]]], dtype=int32)'));
  });

  it('tells the shape where it is empty', () => {
    expect(String(zeros([0]))).to.equal('tensor([])');
    expect(String(zeros([0, 3]))).to.equal('tensor([], shape=[0, 3])');
    expect(String(zeros([2, 0], { dtype: 'float64' }))).to.equal('tensor([], shape=[2, 0], dtype=float64)');
  });

  it('is broken into lines of 80', () => {
    expect(String(arange(30).div(7))).to.equal(
      lines(
        'tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,',
        '        1.2857, 1.4286, 1.5714, 1.7143, 1.8571, 2.0000, 2.1429, 2.2857, 2.4286,',
        '        2.5714, 2.7143, 2.8571, 3.0000, 3.1429, 3.2857, 3.4286, 3.5714, 3.7143,',
        '        3.8571, 4.0000, 4.1429])',
      ),
    );
  });

  it('gets its suffixes on a new line where they would pass 80', () => {
    expect(String(full([9], 1.5, { dtype: 'float64' }))).to.equal(
      lines('tensor([1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000],', '       dtype=float64)'),
    );
  });

  it('is shown in part where it has more than 1000 elements', () => {
    expect(String(arange(1000)).split('\n').length).to.be.above(10);
    expect(String(arange(1001))).to.equal('tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])');
    expect(String(arange(1100, { dtype: 'int32' }).reshape([11, 100]))).to.equal(
      lines(
        'tensor([[   0,    1,    2,  ...,   97,   98,   99],',
        '        [ 100,  101,  102,  ...,  197,  198,  199],',
        '        [ 200,  201,  202,  ...,  297,  298,  299],',
        '        ...,',
        '        [ 800,  801,  802,  ...,  897,  898,  899],',
        '        [ 900,  901,  902,  ...,  997,  998,  999],',
        '        [1000, 1001, 1002,  ..., 1097, 1098, 1099]], dtype=int32)',
      ),
    );
  });

  it('decides by the numbers it shows', () => {
    const x = ones([2000]);
    x.set_([1000], 1e12);
    expect(String(x)).to.equal('tensor([1., 1., 1.,  ..., 1., 1., 1.])');
  });

  it('names what made it, or that it asks for gradients', () => {
    const x = tensor([1, 2], { dtype: 'float64', requiresGrad: true });
    expect(String(x)).to.equal('tensor([1., 2.], dtype=float64, requiresGrad=true)');
    expect(String(x.mul(1))).to.equal('tensor([1., 2.], dtype=float64, gradFn=<mul>)');
    expect(String(new Parameter(tensor([1, 2])))).to.equal(lines('Parameter containing:', 'tensor([1., 2.], requiresGrad=true)'));
  });

  it('says so where backward recycled it', () => {
    const x = ones([64, 512], { requiresGrad: true });
    const large = x.mul(2);
    large.sum().backward();
    expect(String(large)).to.equal('tensor(recycled, shape=[64, 512])');
    expect(inspect({ large })).to.equal('{ large: tensor(recycled, shape=[64, 512]) }');
  });

  it('stays in the arena: printing is not holding', () => {
    const survives = inferenceMode(() => {
      const large = ones([64, 512]).add(1);
      String(large);
      const { inArena } = large.storage;
      return inArena;
    });
    expect(survives).to.equal(true);
  });
});

describe('a tensor in console.log', () => {
  it('is printed like toString, indented inside objects', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(inspect(x)).to.equal(String(x));
    expect(inspect({ weights: { x } })).to.equal(
      lines('{', '  weights: {', '    x: tensor([[1., 2.],', '            [3., 4.]])', '  }', '}'),
    );
  });

  it('is one short line where inspect has reached its depth', () => {
    expect(inspect({ a: { b: { c: { x: zeros([2, 3]) } } } })).to.include('[Object]');
    expect(inspect({ x: zeros([2, 3]) }, { depth: -1 })).to.equal('[Object]');
    expect(inspect([[[zeros([2, 3])]]], { depth: 2 })).to.equal('[ [ [ [Tensor float32 [2, 3]] ] ] ]');
  });
});
