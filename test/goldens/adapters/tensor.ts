import * as core from '@convgrad/core';
import { CaseError, type Fields } from '../fields.ts';
import type { OpAdapter, OpAdapters, OpCall, OpResult } from '../op_adapter.ts';

/** The tensor that most ops work on. */
function subject(call: OpCall): core.Tensor {
  return call.tensor(call.has('a') ? 'a' : 'x');
}

function unary(f: (x: core.Tensor) => core.Tensor): OpAdapter {
  return (call) => f(subject(call));
}

/** The second operand: a tensor, or a number among the other arguments. */
function operand(call: OpCall, ...names: string[]): core.Operand {
  if (call.has('b')) return call.tensor('b');
  const name = names.find((candidate) => call.attrs.has(candidate));
  if (name === undefined) throw new CaseError(`there is no second operand: no input b, and no ${names.join(' or ')}`);
  return call.attrs.number(name);
}

function binary(f: (a: core.Tensor, b: core.Operand) => core.Tensor): OpAdapter {
  return (call) => f(subject(call), operand(call, 'other', 'value', 'scalar'));
}

type Reduction = (x: core.Tensor, dims: readonly number[] | undefined, options: { readonly keepDim: boolean }) => core.Tensor;

function keepDim(attrs: Fields): { readonly keepDim: boolean } {
  return { keepDim: attrs.booleanOr('keepdim', false) };
}

/** The dimensions to reduce; none named, by null or an empty list, are all. */
function dimsOf(attrs: Fields): readonly number[] | undefined {
  const dims = attrs.numbersOr('dim', []);
  return dims.length === 0 ? undefined : dims;
}

function reduction(f: Reduction): OpAdapter {
  return (call) => f(subject(call), dimsOf(call.attrs), keepDim(call.attrs));
}

/** Variances divide by n - 1 unless told otherwise. */
function spread(f: typeof core.variance): OpAdapter {
  return (call) => {
    const { attrs } = call;
    const correction = attrs.numberOr('correction', attrs.booleanOr('unbiased', true) ? 1 : 0);
    return f(subject(call), dimsOf(attrs), { ...keepDim(attrs), correction });
  };
}

function withIndices({ values, indices }: core.ValuesAndIndices): OpResult {
  return { output: values, extra: { indices } };
}

/** max and min: of everything, or along a dimension with indices, or of two tensors. */
function extreme(
  overall: (x: core.Tensor) => core.Tensor,
  along: typeof core.max,
  pairwise: (a: core.Tensor, b: core.Tensor) => core.Tensor,
): OpAdapter {
  return (call) => {
    if (call.has('b')) return pairwise(subject(call), call.tensor('b'));
    const dim = call.attrs.numberOr('dim', null);
    const options = keepDim(call.attrs);
    return dim === null ? overall(subject(call)) : withIndices(along(subject(call), dim, options));
  };
}

function along(f: (x: core.Tensor, dim: number) => core.Tensor): OpAdapter {
  return (call) => f(subject(call), call.attrs.number('dim'));
}

/** cat and stack: the inputs in order of name. */
function joining(f: (tensors: readonly core.Tensor[], dim: number) => core.Tensor): OpAdapter {
  return (call) => f(call.all(), call.attrs.numberOr('dim', 0));
}

function indexed(f: (x: core.Tensor, dim: number, indices: core.Tensor) => core.Tensor): OpAdapter {
  return (call) => f(subject(call), call.attrs.number('dim'), call.tensor('index'));
}

function accumulating(f: (x: core.Tensor, dim: number, indices: core.Tensor, source: core.Tensor) => core.Tensor): OpAdapter {
  return (call) => {
    const source = ['src', 'source', 'b'].find((name) => call.has(name));
    if (source === undefined) throw new CaseError('there is no source to add');
    return f(subject(call), call.attrs.number('dim'), call.tensor('index'), call.tensor(source));
  };
}

function triangle(f: (x: core.Tensor, diagonal: number) => core.Tensor): OpAdapter {
  return (call) => f(subject(call), call.attrs.numberOr('diagonal', 0));
}

/** One piece of several, as `index` says. */
function piece(f: (call: OpCall) => core.Tensor[]): OpAdapter {
  return (call) => {
    const pieces = f(call);
    const index = call.attrs.number('index');
    if (!(index in pieces)) throw new CaseError(`there is no piece ${index} of ${pieces.length}`);
    return pieces[index];
  };
}

const pointwise = {
  neg: core.neg,
  abs: core.abs,
  sign: core.sign,
  exp: core.exp,
  expm1: core.expm1,
  log: core.log,
  log1p: core.log1p,
  log2: core.log2,
  sqrt: core.sqrt,
  rsqrt: core.rsqrt,
  square: core.square,
  reciprocal: core.reciprocal,
  sin: core.sin,
  cos: core.cos,
  tan: core.tan,
  asin: core.asin,
  acos: core.acos,
  atan: core.atan,
  sinh: core.sinh,
  cosh: core.cosh,
  erf: core.erf,
  floor: core.floor,
  ceil: core.ceil,
  round: core.round,
  trunc: core.trunc,
  clone: core.clone,
};

/** `tensor`: plain tensor ops. */
export const tensorAdapters: OpAdapters = {
  ...Object.fromEntries(Object.entries(pointwise).map(([name, f]) => [name, unary(f)])),
  clamp: (call) => {
    const { attrs } = call;
    const [min, max] = [attrs.numberOr('min', undefined), attrs.numberOr('max', undefined)];
    return core.clamp(subject(call), { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
  },

  add: binary(core.add),
  sub: binary(core.sub),
  mul: binary(core.mul),
  div: binary(core.div),
  maximum: binary(core.maximum),
  minimum: binary(core.minimum),
  atan2: binary(core.atan2),
  pow: (call) => {
    if (call.attrs.has('base')) return core.pow(call.attrs.number('base'), subject(call));
    return core.pow(subject(call), operand(call, 'exponent'));
  },
  where: (call) => core.where(core.ne(call.tensor('condition'), 0), call.tensor('a'), operand(call, 'other', 'value')),
  masked_fill: (call) => core.maskedFill(subject(call), core.ne(call.tensor('mask'), 0), call.attrs.number('value')),

  sum: reduction(core.sum),
  mean: reduction(core.mean),
  prod: reduction(core.prod),
  amax: reduction(core.amax),
  amin: reduction(core.amin),
  logsumexp: reduction(core.logSumExp),
  var: spread(core.variance),
  std: spread(core.std),
  norm: (call) =>
    core.norm(subject(call), dimsOf(call.attrs), {
      ...keepDim(call.attrs),
      p: call.attrs.numberOr('p', call.attrs.numberOr('ord', 2)),
    }),
  max: extreme(core.max, core.max, core.maximum),
  min: extreme(core.min, core.min, core.minimum),
  cumsum: along(core.cumsum),
  sort: (call) =>
    withIndices(core.sort(subject(call), call.attrs.numberOr('dim', -1), { descending: call.attrs.booleanOr('descending', false) })),
  topk: (call) =>
    withIndices(
      core.topk(subject(call), call.attrs.number('k'), call.attrs.numberOr('dim', -1), { largest: call.attrs.booleanOr('largest', true) }),
    ),

  matmul: (call) => core.matmul(call.tensor('a'), call.tensor('b')),
  mm: (call) => core.matmul(call.tensor('a'), call.tensor('b')),
  bmm: (call) => core.matmul(call.tensor('a'), call.tensor('b')),
  outer: (call) => core.outer(call.tensor('a'), call.tensor('b')),
  einsum: (call) => core.einsum(call.attrs.string('equation'), ...call.all()),

  cat: joining(core.cat),
  stack: joining(core.stack),
  permute: (call) => core.permute(subject(call), call.attrs.numbers('dims')),
  transpose: (call) => core.transpose(subject(call), call.attrs.number('dim0'), call.attrs.number('dim1')),
  movedim: (call) => core.movedim(subject(call), call.attrs.numbersOr('source', []), call.attrs.numbersOr('destination', [])),
  reshape: (call) => core.reshape(subject(call), call.attrs.numbers('shape')),
  view: (call) => core.reshape(subject(call), call.attrs.numbers('shape')),
  flatten: (call) => core.flatten(subject(call), call.attrs.numberOr('start_dim', 0), call.attrs.numberOr('end_dim', -1)),
  squeeze: (call) => core.squeeze(subject(call), call.attrs.numbersOr('dim', undefined)),
  unsqueeze: along(core.unsqueeze),
  expand: (call) => core.expand(subject(call), call.attrs.numbers('shape')),
  repeat: (call) => core.repeat(subject(call), call.attrs.numbers('repeats')),
  tile: (call) => core.tile(subject(call), call.attrs.numbers('dims')),
  flip: (call) => core.flip(subject(call), call.attrs.numbers('dims')),
  roll: (call) => core.roll(subject(call), call.attrs.numbersOr('shifts', []), call.attrs.numbersOr('dims', undefined)),
  narrow: (call) => core.narrow(subject(call), call.attrs.number('dim'), call.attrs.number('start'), call.attrs.number('length')),
  select: (call) => core.select(subject(call), call.attrs.number('dim'), call.attrs.number('index')),
  slice: (call) => {
    const { attrs } = call;
    const end = attrs.numberOr('stop', attrs.numberOr('end', null));
    return core.slice(subject(call), attrs.numberOr('dim', 0), attrs.numberOr('start', null), end, attrs.numberOr('step', 1));
  },
  split: piece((call) => core.split(subject(call), call.attrs.numbersOr('split_size', [1])[0], call.attrs.numberOr('dim', 0))),
  chunk: piece((call) => core.chunk(subject(call), call.attrs.number('chunks'), call.attrs.numberOr('dim', 0))),
  tril: triangle(core.tril),
  triu: triangle(core.triu),
  pad: (call) => {
    const { attrs } = call;
    const mode = attrs.oneOf('mode', ['constant', 'reflect', 'replicate', 'circular']);
    return core.pad(subject(call), attrs.numbers('pad'), { mode, value: attrs.numberOr('value', 0) });
  },
  gather: indexed(core.gather),
  index_select: indexed(core.indexSelect),
  scatter_add: accumulating(core.scatterAdd),
  index_add: accumulating(core.indexAdd),
};
