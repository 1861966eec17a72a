import { grad, ones, pad, type Tensor, tensor, zeros } from '@convgrad/core';
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  deformConv1d,
  deformConv2d,
  deformConv3d,
  type PaddingMode,
  type PaddingPair,
} from '@convgrad/nn';
import fc from 'fast-check';
import { untyped } from '../errors/untyped.ts';
import { normal } from './numbers.ts';
import { check, imageShape, numbers } from './random_calls.ts';
import { canPad, count, longest, mostly, numbersOf, padding, paddingMode, pairsOf, perDimension, spatial } from './random_options.ts';
import { referenceConvTranspose } from './reference_conv_transpose.ts';
import { referenceConvolution } from './reference_convolution.ts';

const rank = fc.integer({ min: 1, max: 3 });
const channels = mostly(fc.integer({ min: 1, max: 4 }), fc.constant(0));

const convCalls = rank.chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    batch: fc.constantFrom(null, 0, 1, 2),
    size: spatial(dims, 5),
    kernel: spatial(dims, 3),
    groups: count(1, 2),
    perGroup: channels,
    outChannels: channels,
    inChannels: mostly(fc.constant(null), channels),
    bias: mostly(fc.constantFrom('none', 'right'), fc.constant('wrong')),
    stride: perDimension(dims, 1, 4),
    dilation: perDimension(dims, 1, 2),
    padding: padding(dims, 3),
    paddingMode,
  }),
);

type ConvCall = typeof convCalls extends fc.Arbitrary<infer T> ? T : never;

const conv: Readonly<Record<number, typeof conv2d>> = { 1: conv1d, 2: conv2d, 3: conv3d };
const convTranspose: Readonly<Record<number, typeof convTranspose2d>> = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d };

/** Image, weight and bias of a call, as they are given. */
function operandsOf(call: ConvCall, isTransposed: boolean): { x: Tensor; weight: Tensor; bias: Tensor | null } {
  const groups = typeof call.groups === 'number' && call.groups < 5 && Number.isInteger(call.groups) && call.groups > 0 ? call.groups : 1;
  const [inChannels, outChannels] = isTransposed
    ? [call.inChannels ?? call.perGroup * groups, call.outChannels * groups]
    : [call.inChannels ?? call.perGroup * groups, call.outChannels];
  const weightChannels = isTransposed ? [call.perGroup * groups, call.outChannels] : [call.outChannels, call.perGroup];
  const weight = normal([...weightChannels, ...call.kernel], 2);
  const bias = call.bias === 'none' ? null : normal([call.bias === 'right' ? outChannels : outChannels + 1], 3);
  return { x: normal(imageShape(call.batch, inChannels, call.size), 1), weight, bias };
}

/** What both kinds of convolution need to be right. */
function spelt(call: ConvCall): { groups: number; stride: readonly number[]; dilation: readonly number[] } | null {
  const [groups, stride, dilation] = [
    numbersOf(call.groups, 1, 1),
    numbersOf(call.stride, call.dims, 1),
    numbersOf(call.dilation, call.dims, 1),
  ];
  const fits = call.size.length === call.dims && call.kernel.length === call.dims && !call.size.includes(0) && !call.kernel.includes(0);
  if (groups === null || Array.isArray(call.groups) || stride === null || dilation === null || !fits) return null;
  if (call.perGroup === 0 || call.outChannels === 0 || call.bias === 'wrong') return null;
  return { groups: groups[0], stride, dilation };
}

/** Sides as `pad` takes them. */
function sidesOf(pairs: readonly PaddingPair[]): readonly number[] {
  return pairs.toReversed().flat();
}

function modeOf(mode: unknown): Exclude<PaddingMode, 'zeros'> {
  return mode === 'reflect' || mode === 'circular' ? mode : 'replicate';
}

const reduced = (shape: readonly number[], isBatched: boolean) => (isBatched ? shape : shape.slice(1));

describe('thousands of random convolutions give the right result or a typed error:', () => {
  it('conv1d, conv2d, conv3d', () => {
    check(
      convCalls,
      2500,
      (call) => {
        const { x, weight, bias } = operandsOf(call, false);
        const { stride, dilation, groups, padding, paddingMode } = call;
        return untyped(conv[call.dims], x, weight, bias, { stride, dilation, groups, padding, paddingMode });
      },
      (call) => {
        const settings = spelt(call);
        if (settings === null) return null;
        const { groups, stride, dilation } = settings;
        const { x, weight, bias } = operandsOf(call, false);
        if (call.outChannels % groups !== 0 || x.shape.at(-1 - call.dims) !== call.perGroup * groups) return null;
        const pairs = pairsOf(call.padding, call.size, call.kernel, stride, dilation);
        if (pairs === null || !canPad(call.paddingMode, call.size, pairs)) return null;
        const padded = call.size.map((length, dim) => length + pairs[dim][0] + pairs[dim][1]);
        if (padded.some((length, dim) => length > longest || length < dilation[dim] * (call.kernel[dim] - 1) + 1)) return null;
        const batched = call.batch === null ? x.unsqueeze(0) : x;
        const isZeros = call.paddingMode === 'zeros';
        const image = isZeros ? batched : pad(batched, sidesOf(pairs), { mode: modeOf(call.paddingMode) });
        const { shape, data } = referenceConvolution({
          x: numbers(image),
          xShape: image.shape,
          weight: numbers(weight),
          weightShape: weight.shape,
          ...(bias === null ? {} : { bias: numbers(bias) }),
          stride,
          dilation,
          padding: isZeros ? pairs : pairs.map(() => [0, 0] as const),
          groups,
        });
        return { shape: reduced(shape, call.batch !== null), data };
      },
    );
  });

  const transposedCalls = convCalls.chain((call) =>
    fc.record({
      call: fc.constant(call),
      outputPadding: mostly(fc.constant(undefined), perDimension(call.dims, 0, 3), 1),
      outputSize: mostly(fc.constant(undefined), spatial(call.dims, 8), 4),
    }),
  );

  it('convTranspose1d, convTranspose2d, convTranspose3d', () => {
    check(
      transposedCalls,
      2500,
      ({ call, ...sizes }) => {
        const { x, weight, bias } = operandsOf(call, true);
        const { stride, dilation, groups, padding, paddingMode } = call;
        return untyped(convTranspose[call.dims], x, weight, bias, { stride, dilation, groups, padding, paddingMode, ...sizes });
      },
      ({ call, outputPadding = 0, outputSize }) => {
        const settings = spelt(call);
        if (settings === null) return null;
        const { groups, stride, dilation } = settings;
        const { x, weight, bias } = operandsOf(call, true);
        if (x.shape.at(-1 - call.dims) !== weight.shape[0] || weight.shape[0] % groups !== 0) return null;
        if (bias !== null && bias.size !== weight.shape[1] * groups) return null;
        const pairs = pairsOf(call.padding, call.size, call.kernel, stride, dilation);
        const extra = numbersOf(outputPadding, call.dims, 0);
        if (pairs === null || call.padding === 'same' || call.padding === 'causal' || extra === null) return null;
        const most = stride.map((step, dim) => Math.max(step, dilation[dim]) - 1);
        if (extra.some((rows, dim) => rows > most[dim])) return null;
        const smallest = call.size.map(
          (length, dim) => (length - 1) * stride[dim] + dilation[dim] * (call.kernel[dim] - 1) + 1 - pairs[dim][0] - pairs[dim][1],
        );
        if (outputSize !== undefined) {
          if (outputSize.length !== call.dims || extra.some((rows) => rows > 0)) return null;
          if (outputSize.some((length, dim) => length < smallest[dim] || length > smallest[dim] + most[dim])) return null;
        }
        const outSize = outputSize ?? smallest.map((length, dim) => length + extra[dim]);
        const padded = outSize.map((length, dim) => length + pairs[dim][0] + pairs[dim][1]);
        if (outSize.some((length) => length < 1) || padded.some((length) => length > longest)) return null;
        if (!canPad(call.paddingMode, outSize, pairs)) return null;
        const isZeros = call.paddingMode === 'zeros';
        const batched = call.batch === null ? x.unsqueeze(0) : x;
        const reference = referenceConvTranspose({
          x: numbers(batched),
          xShape: batched.shape,
          weight: numbers(weight),
          weightShape: weight.shape,
          stride,
          before: pairs.map(([before]) => (isZeros ? before : 0)),
          dilation,
          outSize: isZeros ? outSize : padded,
          groups,
        });
        const before = tensor([...reference.data], { shape: [...reference.shape], dtype: 'float64' });
        let image = before;
        if (!isZeros) {
          const source = normal([...reference.shape.slice(0, 2), ...outSize]).requiresGrad_();
          [image] = grad(pad(source, sidesOf(pairs), { mode: modeOf(call.paddingMode) }), [source], { gradOutputs: [before] });
        }
        const y = bias === null ? image : image.add(bias.reshape([-1, ...outSize.map(() => 1)]));
        return { shape: reduced(y.shape, call.batch !== null), data: numbers(y) };
      },
    );
  });

  const deformCalls = convCalls.chain((call) =>
    fc.record({
      call: fc.constant(call),
      offsetGroups: mostly(fc.constant(1), fc.constant(2), 4),
      hasMask: fc.boolean(),
      wrongOffset: mostly(fc.constant(0), fc.constant(1)),
      wrongMask: mostly(fc.constant(0), fc.constant(1)),
    }),
  );

  /** Size of the result of a convolution with padding by zeros, or null where there is none. */
  function sizeOf(
    call: ConvCall,
  ): { settings: NonNullable<ReturnType<typeof spelt>>; pairs: readonly PaddingPair[]; size: number[] } | null {
    // Groups follow from the shapes here.
    const settings = spelt({ ...call, groups: 1 });
    if (settings === null) return null;
    const { stride, dilation } = settings;
    const pairs = pairsOf(call.padding, call.size, call.kernel, stride, dilation);
    if (pairs === null) return null;
    const size = call.size.map((length, dim) => {
      const room = length + pairs[dim][0] + pairs[dim][1] - dilation[dim] * (call.kernel[dim] - 1) - 1;
      return length + pairs[dim][0] + pairs[dim][1] > longest ? 0 : Math.max(0, Math.floor(room / stride[dim]) + 1);
    });
    return size.includes(0) ? null : { settings, pairs, size };
  }

  it('deformConv1d, deformConv2d, deformConv3d', () => {
    const f: Readonly<Record<number, typeof deformConv2d>> = { 1: deformConv1d, 2: deformConv2d, 3: deformConv3d };
    check(
      deformCalls,
      2500,
      ({ call, offsetGroups, hasMask, wrongOffset, wrongMask }) => {
        const { x, weight, bias } = operandsOf(call, false);
        const { stride, dilation, padding } = call;
        const taps = call.kernel.reduce((product, length) => product * length, offsetGroups);
        const size = sizeOf(call)?.size ?? [1];
        const float64 = { dtype: 'float64' } as const;
        const offset = zeros([...imageShape(call.batch, call.dims * taps, size.with(-1, size[size.length - 1] + wrongOffset))], float64);
        const mask = hasMask ? ones([...imageShape(call.batch, taps + wrongMask, size)], float64) : null;
        return untyped(f[call.dims], x, offset, weight, bias, mask, { stride, dilation, padding });
      },
      ({ call, offsetGroups, hasMask, wrongOffset, wrongMask }) => {
        const found = sizeOf(call);
        if (found === null || wrongOffset > 0 || (hasMask && wrongMask > 0)) return null;
        const { x, weight, bias } = operandsOf(call, false);
        const channelCount = x.shape[x.ndim - 1 - call.dims];
        const groups = channelCount / call.perGroup;
        if (!Number.isInteger(groups) || groups === 0 || call.outChannels % groups !== 0 || channelCount % offsetGroups !== 0) return null;
        const batched = call.batch === null ? x.unsqueeze(0) : x;
        const { shape, data } = referenceConvolution({
          x: numbers(batched),
          xShape: batched.shape,
          weight: numbers(weight),
          weightShape: weight.shape,
          ...(bias === null ? {} : { bias: numbers(bias) }),
          stride: found.settings.stride,
          dilation: found.settings.dilation,
          padding: found.pairs,
          groups,
        });
        return { shape: reduced(shape, call.batch !== null), data };
      },
    );
  });
});
