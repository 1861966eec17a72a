import { expect } from 'chai';
import type { DType } from '../../../packages/core/src/kernels/dtype.ts';
import { launch } from '../../../packages/core/src/kernels/launch.ts';
import {
  type BinaryOp,
  binary,
  type CompareOp,
  compare,
  type NumberDType,
  type TestOp,
  test,
  where,
} from '../../../packages/core/src/kernels/pointwise.ts';
import { operations } from '../../../packages/core/src/kernels/table/operations.ts';
import { contiguousStrides, sizeOf } from '../../../packages/core/src/shape.ts';
import { expectClose, expectEqual, forEachIndex, offsetOf, Random, roundTo } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';

const nanMax = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b));
const nanMin = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.min(a, b));

const binaryFunctions: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => (a === 1 || b === 0 ? 1 : Math.abs(a) === 1 && Math.abs(b) === Number.POSITIVE_INFINITY ? 1 : a ** b),
  maximum: nanMax,
  minimum: nanMin,
  atan2: Math.atan2,
  reluGrad: (g, y) => (y <= 0 ? 0 : g),
  sigmoidGrad: (g, y) => g * y * (1 - y),
  tanhGrad: (g, y) => g * (1 - y * y),
};
/** Operations of one rounding: they must agree to the last bit. */
const exact: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'reluGrad'];
const integerOps: readonly BinaryOp[] = ['add', 'sub', 'mul', 'maximum', 'minimum'];

const compareFunctions: Record<CompareOp, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  logicalAnd: (a, b) => a !== 0 && b !== 0,
  logicalOr: (a, b) => a !== 0 || b !== 0,
  logicalXor: (a, b) => (a !== 0) !== (b !== 0),
};

const testFunctions: Record<TestOp, (x: number) => boolean> = {
  isNaN: Number.isNaN,
  isFinite: Number.isFinite,
  logicalNot: (x) => x === 0,
};

/** An operand for `shape`: its strides, some of them 0, and its elements. */
function operand(random: Random, dtype: DType, shape: readonly number[]) {
  const own = shape.map((length) => (random.chance(0.25) ? 1 : length));
  const strides = contiguousStrides(own).map((stride, dim) => (own[dim] === 1 && shape[dim] !== 1 ? 0 : stride));
  const values = random.values(dtype, sizeOf(own), true);
  return { strides, values, pointer: place(dtype, values) };
}

const numberDTypes: readonly NumberDType[] = ['float32', 'float64', 'int32'];
const dtypes: readonly DType[] = [...numberDTypes, 'uint8'];
const cases = 60;

/** Shapes of every pattern: no dimension, equal shapes, scalars, rows, columns, everything at once. */
function shapes(random: Random): number[][] {
  const fixed = [[], [0], [1], [1000], [7, 300], [300, 7], [2, 3, 17, 2], [3, 0, 2], [2, 2, 2, 2, 2, 2, 2, 2]];
  return [...fixed, ...Array.from({ length: cases }, () => random.shape(5))];
}

describe('pointwise kernels', () => {
  beforeEach(clearPlaces);

  for (const dtype of numberDTypes) {
    describe(`binary, ${dtype}`, () => {
      for (const op of dtype === 'int32' ? integerOps : operations.BinaryOp) {
        it(`${op} is its formula over every kind of broadcasting`, () => {
          const random = new Random(`binary ${op} ${dtype}`);
          for (const shape of shapes(random)) {
            clearPlaces();
            const [a, b] = [operand(random, dtype, shape), operand(random, dtype, shape)];
            const size = sizeOf(shape);
            const y = room(dtype, size);
            binary(op, dtype, a.pointer, b.pointer, y, shape, a.strides, b.strides);
            const want: number[] = [];
            forEachIndex(shape, (index) => {
              const value = binaryFunctions[op](a.values[offsetOf(index, a.strides)], b.values[offsetOf(index, b.strides)]);
              want.push(roundTo(dtype, value));
            });
            const tolerance = exact.includes(op) || dtype === 'int32' ? 0 : dtype === 'float32' ? 1e-6 : 1e-14;
            expectClose(read(dtype, y, size), want, tolerance, `${op} [${shape}] strides [${a.strides}] [${b.strides}]`);
          }
        });
      }
    });
  }

  it('int32 add, sub and mul wrap', () => {
    const a = [2147483647, -2147483648, 65536, -123456789];
    const b = [1, 1, 65536, 987654321];
    const results = (['add', 'sub', 'mul'] as const).map((op) => {
      const y = room('int32', 4);
      binary(op, 'int32', place('int32', a), place('int32', b), y, [4], [1], [1]);
      return read('int32', y, 4);
    });
    const want = [a.map((v, i) => (v + b[i]) | 0), a.map((v, i) => (v - b[i]) | 0), a.map((v, i) => Math.imul(v, b[i]))];
    expect(results).to.deep.equal(want);
  });

  it('pow with the scalar exponent 2 is the square to the last bit', () => {
    const x = new Random('square').values('float32', 100, true);
    const y = room('float32', 100);
    binary('pow', 'float32', place('float32', x), place('float32', [2]), y, [100], [1], [0]);
    expectEqual(
      read('float32', y, 100),
      x.map((v) => Math.fround(v * v)),
      'pow 2',
    );
  });

  it('a binary result may take the place of an operand', () => {
    const a = new Random('in place').values('float64', 101);
    const pointer = place('float64', a);
    binary('mul', 'float64', pointer, pointer, pointer, [101], [1], [1]);
    expectEqual(
      read('float64', pointer, 101),
      a.map((v) => v * v),
      'a * a',
    );
  });

  for (const dtype of dtypes) {
    it(`comparisons of ${dtype} give 0 or 1 over every kind of broadcasting`, () => {
      const random = new Random(`compare ${dtype}`);
      for (const op of operations.CompareOp) {
        for (const shape of shapes(random)) {
          clearPlaces();
          const [a, b] = [operand(random, dtype, shape), operand(random, dtype, shape)];
          const size = sizeOf(shape);
          const y = room('uint8', size);
          compare(op, dtype, a.pointer, b.pointer, y, shape, a.strides, b.strides);
          const want: number[] = [];
          forEachIndex(shape, (index) => {
            want.push(Number(compareFunctions[op](a.values[offsetOf(index, a.strides)], b.values[offsetOf(index, b.strides)])));
          });
          expectEqual(read('uint8', y, size), want, `${op} [${shape}] strides [${a.strides}] [${b.strides}]`);
        }
      }
    });

    it(`where chooses between operands of ${dtype} over every kind of broadcasting`, () => {
      const random = new Random(`where ${dtype}`);
      for (const shape of [...shapes(random), ...shapes(random)]) {
        clearPlaces();
        const [condition, a, b] = [operand(random, 'uint8', shape), operand(random, dtype, shape), operand(random, dtype, shape)];
        const size = sizeOf(shape);
        const y = room(dtype, size);
        where(dtype, condition.pointer, a.pointer, b.pointer, y, shape, condition.strides, a.strides, b.strides);
        const want: number[] = [];
        forEachIndex(shape, (index) => {
          const chosen = condition.values[offsetOf(index, condition.strides)] !== 0 ? a : b;
          want.push(chosen.values[offsetOf(index, chosen.strides)]);
        });
        expectEqual(read(dtype, y, size), want, `where [${shape}] strides [${condition.strides}] [${a.strides}] [${b.strides}]`);
      }
    });

    it(`isNaN, isFinite and logicalNot of ${dtype}`, () => {
      const random = new Random(`test ${dtype}`);
      for (const op of operations.TestOp) {
        for (const size of [0, 1, 15, 16, 1000]) {
          clearPlaces();
          const x = random.values(dtype, size, true);
          const y = room('uint8', size);
          test(op, dtype, place(dtype, x), y, size);
          expectEqual(read('uint8', y, size), x.map(testFunctions[op]).map(Number), `${op} of ${size}`);
        }
      }
    });
  }

  it('gives the same bits however many tasks a launch is cut into', () => {
    const random = new Random('tasks');
    const shape = [13, 57];
    const a = place('float32', random.values('float32', 13));
    const b = place('float32', random.values('float32', 13 * 57));
    const args = { op: operations.BinaryOp.indexOf('sigmoidGrad'), a, b, rank: 2, shape, aStrides: [1, 0], bStrides: [57, 1] };
    const results = [1, 2, 7, 64].map((tasks) => {
      const y = room('float32', 13 * 57);
      launch('binary', 'f32', { ...args, y }, tasks);
      return read('float32', y, 13 * 57);
    });
    for (const result of results) expectEqual(result, results[0], 'another number of tasks');
  });
});
