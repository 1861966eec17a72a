import { expect } from 'chai';
import { erf } from 'mathjs/number';
import { launch } from '../../../packages/core/src/kernels/launch.ts';
import { type UnaryOp, unary } from '../../../packages/core/src/kernels/pointwise.ts';
import { operations } from '../../../packages/core/src/kernels/table/operations.ts';
import { expectEqual, Random, roundTo } from './numbers.ts';
import { clearPlaces, place, read, room } from './places.ts';
import { ulpError } from './ulp.ts';

function halfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const functions: Record<UnaryOp, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  relu: (x) => Math.max(x, 0),
  erf: (x) => (Number.isNaN(x) ? x : erf(x)),
  floor: Math.floor,
  ceil: Math.ceil,
  round: halfToEven,
  trunc: Math.trunc,
  clamp: (x) => Math.min(Math.max(x, -1.5), 2),
};
/** Operations of one rounding or none: they must agree to the last bit. */
const exact: readonly UnaryOp[] = [
  'neg',
  'abs',
  'sign',
  'sqrt',
  'square',
  'reciprocal',
  'relu',
  'floor',
  'ceil',
  'round',
  'trunc',
  'clamp',
];
const integerOps: readonly UnaryOp[] = ['neg', 'abs', 'sign', 'square', 'relu', 'floor', 'ceil', 'round', 'trunc'];

const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.5];

/** Every 8,009th float32, both signs, denormals and infinities among them: about half a million. */
function everyFloat32(): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / 8009) }, (_, i) => i * 8009);
  return new Float32Array(bits.buffer);
}

/** Numbers around those where functions change their ways: 0, overflow and underflow of exp, powers of two, multiples of pi. */
function delicateFloat32(): Float32Array {
  const centres = [
    0,
    1e-38,
    1e-45,
    88.72284,
    89,
    -87.33655,
    -88.72284,
    -103.97208,
    -104,
    9,
    -9,
    0.625,
    -0.625,
    Math.SQRT1_2,
    1,
    Math.SQRT2,
    2,
  ];
  const near = centres.flatMap((centre) =>
    Array.from({ length: 2001 }, (_, i) => centre + (i - 1000) * Math.max(Math.abs(centre) * 2 ** -23, 2 ** -149)),
  );
  const even = Array.from({ length: 200_000 }, (_, i) => (i - 100_000) / 900);
  return Float32Array.from([...near, ...even, ...special]);
}

function applied(op: UnaryOp, dtype: 'float32' | 'float64' | 'int32', x: ArrayLike<number>): number[] {
  const y = room(dtype, x.length);
  unary(op, dtype, place(dtype, x), y, x.length, -1.5, 2);
  return read(dtype, y, x.length);
}

/** Fails where an element is further than `most` units in the last place from the function's value. */
function expectWithin(op: UnaryOp, dtype: 'float32' | 'float64', x: ArrayLike<number>, most: number): void {
  const got = applied(op, dtype, x);
  for (let i = 0; i < x.length; i++) {
    const want = functions[op](x[i]);
    if (got[i] === roundTo(dtype, want)) continue;
    const error = ulpError(got[i], want, dtype === 'float32' ? 24 : 53);
    if (!(error <= most)) expect.fail(`${op}(${x[i]}) is ${got[i]}, not ${want}: ${error} units in the last place`);
  }
}

describe('unary kernels', () => {
  beforeEach(clearPlaces);

  for (const op of operations.UnaryOp) {
    const most = exact.includes(op) ? 0.5 : 2;

    it(`${op} of float32 is right within ${most} units in the last place`, () => {
      expectWithin(op, 'float32', everyFloat32(), most);
      clearPlaces();
      expectWithin(op, 'float32', delicateFloat32(), most);
    });

    // The judge itself may be one off, and mathjs's erf a few.
    const mostOfFloat64 = op === 'erf' ? 8 : most;
    it(`${op} of float64 is right within ${mostOfFloat64} units in the last place`, () => {
      const random = new Random(`unary ${op}`);
      const values = Array.from({ length: 20_000 }, () => random.real(-1, 1) * 10 ** random.real(-12, 2.5));
      expectWithin(op, 'float64', [...values, ...special], mostOfFloat64);
    });
  }

  for (const op of integerOps) {
    it(`${op} of int32`, () => {
      const x = [0, 1, -1, 7, -7, 46340, -46340, 2147483647, -2147483648];
      const want = x.map((value) => (op === 'square' ? Math.imul(value, value) : functions[op](value) | 0));
      expectEqual(applied(op, 'int32', x), want, op);
    });
  }

  it('clamp of int32 takes bounds that int32 does not hold', () => {
    const x = [-2147483648, -3, 0, 3, 2147483647];
    const y = room('int32', 5);
    unary('clamp', 'int32', place('int32', x), y, 5, Number.NEGATIVE_INFINITY, 2);
    expectEqual(read('int32', y, 5), [-2147483648, -3, 0, 2, 2], 'clamp');
  });

  it('clamp with a lower bound above the upper gives the upper', () => {
    const y = room('float32', 3);
    unary('clamp', 'float32', place('float32', [-5, 1.5, 9]), y, 3, 2, 1);
    expectEqual(read('float32', y, 3), [1, 1, 1], 'clamp');
  });

  it('keeps the sign of zero', () => {
    for (const op of ['neg', 'sign', 'floor', 'ceil', 'round', 'trunc', 'tanh', 'sqrt', 'expm1', 'sin'] as const) {
      const [zero] = applied(op, 'float32', [-0]);
      expect(Object.is(zero, functions[op](-0)) || op === 'sign', `${op}(-0)`).to.equal(true);
    }
  });

  it('works in place, on any number of elements', () => {
    for (let size = 0; size < 20; size++) {
      clearPlaces();
      const x = new Random('sizes').values('float64', size);
      const pointer = place('float64', x);
      unary('square', 'float64', pointer, pointer, size);
      expectEqual(
        read('float64', pointer, size),
        x.map((v) => v * v),
        `${size} elements`,
      );
    }
  });

  it('gives the same bits however many tasks a launch is cut into', () => {
    const x = place('float32', new Random('tasks').values('float32', 1000));
    for (const op of ['exp', 'log', 'tanh', 'sigmoid'] as const) {
      const results = [1, 3, 64].map((tasks) => {
        const y = room('float32', 1000);
        launch('unary', 'f32', { op: operations.UnaryOp.indexOf(op), x, y, size: 1000, lower: 0, upper: 0 }, tasks);
        return read('float32', y, 1000);
      });
      for (const result of results) expectEqual(result, results[0], op);
    }
  });

  it('relu of -0 is 0, which is not -0, and NaN stays', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      clearPlaces();
      const x = [
        -0,
        0,
        -1,
        2,
        Number.NaN,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
        dtype === 'float32' ? 2 ** -149 : Number.MIN_VALUE,
      ];
      const y = room(dtype, x.length);
      unary('relu', dtype, place(dtype, x), y, x.length);
      expect([...read(dtype, y, x.length)]).to.deep.equal([0, 0, 0, 2, Number.NaN, 0, Number.POSITIVE_INFINITY, x[7]]);
    }
  });
});
