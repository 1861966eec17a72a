import { apply, type DefinedFunction, defineFunction } from '../../autograd/function.ts';
import type { GraphNode, Tensor } from '../../autograd/graph.ts';
import { ArgumentError } from '../../errors.ts';
import * as kernels from '../../kernels/pointwise.ts';
import { type Operation, operations } from '../../kernels/table/operations.ts';
import { readable, writable } from '../../memory/staging.ts';
import type { Shape } from '../../shape.ts';
import { cast } from '../cast.ts';
import { asNumbers, broadcastLoop, broadcastShapes, numberDType, type Operand, promote } from '../operands.ts';
import { sumTo } from '../reduction/sum.ts';
import { eq, ge, gt, logicalAnd, lt } from './compare.ts';
import { where } from './where.ts';

/** Names of the pointwise functions of one argument. */
export type UnaryName = Operation<'UnaryOp'>;
/** Names of the pointwise functions of two arguments. */
export type BinaryName = Operation<'BinaryOp'>;

const unaryNames: readonly UnaryName[] = operations.UnaryOp;
const binaryNames: readonly BinaryName[] = operations.BinaryOp;

/** Bounds of clamp; unused by the others. */
interface UnaryBounds {
  readonly lower: number;
  readonly upper: number;
}

/** What a derivative can use: the cotangent g, the argument x, the result y, and the bounds. */
class UnaryArguments implements UnaryBounds {
  readonly g: Tensor;
  readonly lower: number;
  readonly upper: number;
  private readonly call: GraphNode;

  constructor(call: GraphNode, g: Tensor, { lower, upper }: UnaryBounds) {
    this.call = call;
    this.g = g;
    this.lower = lower;
    this.upper = upper;
  }

  get x(): Tensor {
    return this.call.saved(0);
  }

  get y(): Tensor {
    return this.call.saved(1);
  }
}

/** What a derivative can use: the cotangent g, the arguments a and b, the result y. */
class BinaryArguments {
  readonly g: Tensor;
  private readonly call: GraphNode;

  constructor(call: GraphNode, g: Tensor) {
    this.call = call;
    this.g = g;
  }

  get a(): Tensor {
    return this.call.saved(0);
  }

  get b(): Tensor {
    return this.call.saved(1);
  }

  get y(): Tensor {
    return this.call.saved(2);
  }
}

const mul = (a: Operand, b: Operand): Tensor => binary('mul', a, b);
const add = (a: Operand, b: Operand): Tensor => binary('add', a, b);
const sub = (a: Operand, b: Operand): Tensor => binary('sub', a, b);
const div = (a: Operand, b: Operand): Tensor => binary('div', a, b);
const square = (x: Tensor): Tensor => unary('square', x);
const neg = (x: Tensor): Tensor => unary('neg', x);
const zero = (g: Tensor): Tensor => mul(g, 0);
/** g where the condition holds, 0 elsewhere; in a plain first-order backward the product with 0 is not formed. */
const pass = (condition: Tensor, g: Tensor): Tensor => where(condition, g, 0);

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/**
 * dx of every function of one argument, from the cotangent g. A missing name does not compile.
 *
 * At kinks, PyTorch's choice: relu'(0) = 0, abs'(0) = 0, clamp at a bound 0.
 */
const unaryDerivatives: Readonly<Record<UnaryName, (call: UnaryArguments) => Tensor>> = {
  neg: ({ g }) => neg(g),
  abs: ({ g, x }) => mul(g, unary('sign', x)),
  sign: ({ g }) => zero(g),
  exp: ({ g, y }) => mul(g, y),
  expm1: ({ g, y }) => mul(g, add(y, 1)),
  log: ({ g, x }) => div(g, x),
  log1p: ({ g, x }) => div(g, add(x, 1)),
  log2: ({ g, x }) => div(g, mul(x, Math.LN2)),
  sqrt: ({ g, y }) => div(g, mul(y, 2)),
  rsqrt: ({ g, y }) => mul(g, mul(binary('pow', y, 3), -0.5)),
  square: ({ g, x }) => mul(g, mul(x, 2)),
  reciprocal: ({ g, y }) => neg(mul(g, square(y))),
  sin: ({ g, x }) => mul(g, unary('cos', x)),
  cos: ({ g, x }) => neg(mul(g, unary('sin', x))),
  tan: ({ g, y }) => mul(g, add(square(y), 1)),
  asin: ({ g, x }) => mul(g, unary('rsqrt', sub(1, square(x)))),
  acos: ({ g, x }) => neg(mul(g, unary('rsqrt', sub(1, square(x))))),
  atan: ({ g, x }) => div(g, add(square(x), 1)),
  sinh: ({ g, x }) => mul(g, unary('cosh', x)),
  cosh: ({ g, x }) => mul(g, unary('sinh', x)),
  tanh: ({ g, y }) => binary('tanhGrad', g, y),
  sigmoid: ({ g, y }) => binary('sigmoidGrad', g, y),
  relu: ({ g, y }) => binary('reluGrad', g, y),
  erf: ({ g, x }) => mul(g, mul(unary('exp', neg(square(x))), twoOverSqrtPi)),
  floor: ({ g }) => zero(g),
  ceil: ({ g }) => zero(g),
  round: ({ g }) => zero(g),
  trunc: ({ g }) => zero(g),
  clamp: ({ g, x, lower, upper }) => pass(logicalAnd(gt(x, lower), lt(x, upper)), g),
};

/** The functions whose derivative is read from x; that of the others that have one is read from y. */
const readsArgument: ReadonlySet<UnaryName> = new Set<UnaryName>([
  ...(['abs', 'log', 'log1p', 'log2', 'square', 'sin', 'cos', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'erf', 'clamp'] as const),
]);

interface BinaryDerivative {
  readonly a: (call: BinaryArguments) => Tensor;
  readonly b: (call: BinaryArguments) => Tensor;
}

/** g where a wins, half of it at a tie, 0 elsewhere. */
const shared = (g: Tensor, wins: Tensor, ties: Tensor): Tensor => where(ties, mul(g, 0.5), pass(wins, g));

/**
 * da and db of every function of two arguments, before they are summed over broadcast dimensions. A missing name does not compile.
 *
 * pow: at b = 0 da is 0 (also for a = 0), and at a = 0 db is 0 for b >= 0: pow(0, 0) = 1 with gradients 0. maximum, minimum: half each at a tie.
 */
const binaryDerivatives: Readonly<Record<BinaryName, BinaryDerivative>> = {
  add: { a: ({ g }) => g, b: ({ g }) => g },
  sub: { a: ({ g }) => g, b: ({ g }) => neg(g) },
  mul: { a: ({ g, b }) => mul(g, b), b: ({ g, a }) => mul(g, a) },
  div: { a: ({ g, b }) => div(g, b), b: ({ g, a, b }) => neg(mul(g, div(div(a, b), b))) },
  pow: {
    a: ({ g, a, b }) => where(eq(b, 0), 0, mul(g, mul(b, binary('pow', a, sub(b, 1))))),
    b: ({ g, a, b, y }) => where(logicalAnd(eq(a, 0), ge(b, 0)), 0, mul(g, mul(y, unary('log', a)))),
  },
  maximum: { a: ({ g, a, b }) => shared(g, gt(a, b), eq(a, b)), b: ({ g, a, b }) => shared(g, gt(b, a), eq(a, b)) },
  minimum: { a: ({ g, a, b }) => shared(g, lt(a, b), eq(a, b)), b: ({ g, a, b }) => shared(g, lt(b, a), eq(a, b)) },
  atan2: {
    a: ({ g, a, b }) => div(mul(g, b), add(square(a), square(b))),
    b: ({ g, a, b }) => neg(div(mul(g, a), add(square(a), square(b)))),
  },
  // Linear in their first argument; the second is where the step, or the curve, is read.
  reluGrad: { a: ({ g, b }) => binary('reluGrad', g, b), b: ({ g }) => zero(g) },
  sigmoidGrad: { a: ({ g, b }) => mul(g, mul(b, sub(1, b))), b: ({ g, a, b }) => mul(g, mul(a, sub(1, mul(b, 2)))) },
  tanhGrad: { a: ({ g, b }) => mul(g, sub(1, square(b))), b: ({ g, a, b }) => mul(g, mul(a, mul(b, -2))) },
};

/** y = f(x) elementwise; dx = g f'(x), with f' from `unaryDerivatives`. */
function defineUnary(op: UnaryName): DefinedFunction<[Tensor], UnaryBounds> {
  return defineFunction<[Tensor], UnaryBounds>({
    name: op,
    forward(call, [x], { lower, upper }) {
      const y = call.output(x.shape, x.dtype);
      if (readsArgument.has(op)) call.save(x);
      else call.save(null, y);
      kernels.unary(op, numberDType(x), readable(x.storage), writable(y.storage), x.size, lower, upper);
      return y;
    },
    backward(call, g, bounds) {
      return [unaryDerivatives[op](new UnaryArguments(call, g, bounds))];
    },
  });
}

/** y = f(a, b) elementwise with broadcasting; each gradient is summed over the dimensions that repeat its argument. */
function defineBinary(op: BinaryName): DefinedFunction<[Tensor, Tensor], Shape> {
  return defineFunction<[Tensor, Tensor], Shape>({
    name: op,
    forward(call, [a, b], shape) {
      const y = call.output(shape, a.dtype);
      call.save(a, b, y);
      const loop = broadcastLoop([a, b], shape);
      const [aStrides, bStrides] = loop.strides;
      kernels.binary(op, numberDType(a), readable(a.storage), readable(b.storage), writable(y.storage), loop.shape, aStrides, bStrides);
      return y;
    },
    backward(call, g) {
      const values = new BinaryArguments(call, g);
      const [a, b] = call.edges;
      return [
        a === null ? null : sumTo(binaryDerivatives[op].a(values), a.shape),
        b === null ? null : sumTo(binaryDerivatives[op].b(values), b.shape),
      ];
    },
  });
}

const unaryFunctions = new Map(unaryNames.map((op) => [op, defineUnary(op)]));
const binaryFunctions = new Map(binaryNames.map((op) => [op, defineBinary(op)]));

function known<F>(functions: ReadonlyMap<string, F>, op: string): F {
  const found = functions.get(op);
  // Not reachable: every name has its function.
  if (found === undefined) throw new ArgumentError(`${op} is not a pointwise function`);
  return found;
}

/** A pointwise function of one argument; integers are computed in their dtype. */
export function unary(op: UnaryName, x: Tensor, lower = 0, upper = 0): Tensor {
  return apply(known(unaryFunctions, op), [asNumbers(x)], { lower, upper });
}

/** A pointwise function of two arguments, which broadcast. */
export function binary(op: BinaryName, left: Operand, right: Operand): Tensor {
  const [a, b] = promote(op, left, right);
  const shape = broadcastShapes(op, a.shape, b.shape);
  if (a.dtype !== 'uint8') return apply(known(binaryFunctions, op), [a, b], shape);
  return cast(apply(known(binaryFunctions, op), [cast(a, 'int32'), cast(b, 'int32')], shape), 'uint8');
}
