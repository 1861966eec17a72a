import { expect } from 'chai';
import type { FloatDType } from '../../../packages/core/src/kernels/dtype.ts';
import { gemm } from '../../../packages/core/src/kernels/gemm.ts';
import { Random } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly batch: number;
  /** Matrices of the batch: one each, or one for all. */
  readonly shareA: boolean;
  readonly shareB: boolean;
  readonly bias: boolean;
  readonly rowBias: boolean;
  readonly accumulate: boolean;
}

const plain: Case = {
  ...{ m: 7, n: 9, k: 5, transposeA: false, transposeB: false, batch: 1 },
  ...{ shareA: false, shareB: false, bias: false, rowBias: false, accumulate: false },
};

/** A product, against naive sums in float64; the tolerance is some roundings of the sum of the terms' sizes. */
function expectProduct(random: Random, dtype: FloatDType, t: Case): void {
  clearPlaces();
  const { m, n, k, batch } = t;
  const a = random.values(dtype, (t.shareA ? 1 : batch) * m * k);
  const b = random.values(dtype, (t.shareB ? 1 : batch) * k * n);
  const c = random.values(dtype, batch * m * n);
  const bias = random.values(dtype, n);
  const rowBias = random.values(dtype, m);
  const result = place(dtype, c);
  gemm(dtype, {
    a: place(dtype, a),
    b: place(dtype, b),
    c: result,
    m,
    n,
    k,
    transposeA: t.transposeA,
    transposeB: t.transposeB,
    batch,
    aStride: t.shareA ? 0 : m * k,
    bStride: t.shareB ? 0 : k * n,
    cStride: m * n,
    bias: t.bias ? place(dtype, bias) : 0,
    rowBias: t.rowBias ? place(dtype, rowBias) : 0,
    accumulate: t.accumulate,
  });
  const got = read(dtype, result, batch * m * n);
  const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;
  for (let z = 0; z < batch; z++) {
    for (let i = 0; i < m; i++) {
      const want = new Float64Array(n);
      const size = new Float64Array(n);
      const add = (j: number, term: number) => {
        want[j] += term;
        size[j] += Math.abs(term);
      };
      for (let j = 0; j < n; j++) {
        if (t.bias) add(j, bias[j]);
        if (t.rowBias) add(j, rowBias[i]);
        if (t.accumulate) add(j, c[(z * m + i) * n + j]);
      }
      for (let p = 0; p < k; p++) {
        const left = a[(t.shareA ? 0 : z * m * k) + (t.transposeA ? p * m + i : i * k + p)];
        const step = t.transposeB ? k : 1;
        let right = (t.shareB ? 0 : z * k * n) + (t.transposeB ? p : p * n);
        for (let j = 0; j < n; j++, right += step) {
          const term = left * b[right];
          want[j] += term;
          size[j] += Math.abs(term);
        }
      }
      for (let j = 0; j < n; j++) {
        const value = got[(z * m + i) * n + j];
        if (!(Math.abs(value - want[j]) <= tolerance * size[j])) {
          expect.fail(`${dtype} ${JSON.stringify(t)}: element ${z}, ${i}, ${j} is ${value}, not ${want[j]}`);
        }
      }
    }
  }
}

describe('kernels: gemm', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    it(`agrees with naive sums for random sizes in ${dtype}`, () => {
      const random = new Random(`gemm ${dtype}`);
      const size = () => (random.chance(0.1) ? random.integer(40, 70) : random.integer(0, 20));
      for (let i = 0; i < 600; i++) {
        expectProduct(random, dtype, {
          m: size(),
          n: size(),
          k: size(),
          transposeA: random.chance(0.5),
          transposeB: random.chance(0.5),
          batch: random.integer(0, 3),
          shareA: random.chance(0.3),
          shareB: random.chance(0.3),
          bias: random.chance(0.3),
          rowBias: random.chance(0.3),
          accumulate: random.chance(0.3),
        });
      }
    });

    it(`does more rows, columns and steps than a block has, in ${dtype}`, () => {
      const random = new Random(`large gemm ${dtype}`);
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          expectProduct(random, dtype, { ...plain, transposeA, transposeB, m: 131, n: 67, k: 300, bias: true, accumulate: true });
          expectProduct(random, dtype, { ...plain, transposeA, transposeB, m: 3, n: 300, k: 530, rowBias: true });
          expectProduct(random, dtype, { ...plain, transposeA, transposeB, m: 263, n: 13, k: 40, bias: true });
          expectProduct(random, dtype, {
            ...plain,
            transposeA,
            transposeB,
            m: 261,
            n: 279,
            k: 67,
            bias: true,
            rowBias: true,
            accumulate: true,
          });
          expectProduct(random, dtype, { ...plain, transposeA, transposeB, m: 259, n: 258, k: 70, rowBias: true });
        }
      }
    });
  }

  it('sums more steps of large matrices than are prepared at a time', () => {
    const random = new Random('deep gemm');
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, true],
    ] as const) {
      expectProduct(random, 'float32', { ...plain, transposeA, transposeB, m: 260, n: 257, k: 1030, bias: true });
      expectProduct(random, 'float64', { ...plain, transposeA, transposeB, m: 257, n: 263, k: 520, rowBias: true, accumulate: true });
    }
  });

  it('turns the operand with fewer rows where both run along long sums', () => {
    const random = new Random('mirrored gemm');
    for (const dtype of ['float32', 'float64'] as const) {
      for (let i = 0; i < 12; i++) {
        const m = random.integer(16, 90);
        const sizes = { m, n: m + random.integer(0, 90), k: random.integer(250, 700) };
        const also = { bias: random.chance(0.5), rowBias: random.chance(0.5), accumulate: random.chance(0.2) };
        expectProduct(random, dtype, { ...plain, ...sizes, ...also, transposeB: true });
      }
      expectProduct(random, dtype, { ...plain, m: 17, n: 530, k: 1300, transposeB: true, bias: true, rowBias: true });
    }
  });

  it('copies lines that begin a power of two apart', () => {
    const random = new Random('copied gemm');
    for (const [dtype, n] of [
      ['float32', 1024],
      ['float32', 2048],
      ['float64', 512],
    ] as const) {
      for (const transposeA of [false, true]) {
        expectProduct(random, dtype, { ...plain, m: 67, n, k: 70, transposeA, bias: true });
        expectProduct(random, dtype, { ...plain, m: 64, n, k: 515, transposeA, rowBias: true, accumulate: true });
      }
    }
  });

  it('gives zeros, or the biases, where there is nothing to sum', () => {
    const random = new Random('empty sums');
    for (const transposeB of [false, true]) {
      expectProduct(random, 'float32', { ...plain, k: 0, transposeB });
      expectProduct(random, 'float32', { ...plain, k: 0, m: 40, n: 50, transposeB, bias: true, rowBias: true });
      expectProduct(random, 'float32', { ...plain, k: 0, transposeB, accumulate: true });
    }
  });

  it('sums long float32 products in blocks', () => {
    clearPlaces();
    const k = 100_000;
    const ones = place('float32', new Float32Array(k).fill(0.1));
    const result = room('float32', 2);
    gemm('float32', { a: ones, b: ones, c: result, m: 1, n: 1, k, transposeB: true });
    gemm('float32', { a: ones, b: ones, c: result + 4, m: 1, n: 1, k, transposeA: true });
    const want = k * Math.fround(0.1) ** 2;
    for (const got of read('float32', result, 2)) expect(Math.abs(got - want) / want).to.be.below(2e-6);
  });
});
