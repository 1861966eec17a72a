import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  channelShuffle,
  fold,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  pixelShuffle,
  pixelUnshuffle,
  unfold,
} from '@convgrad/nn';
import fc from 'fast-check';
import { untyped } from '../errors/untyped.ts';
import { normal } from './numbers.ts';
import { check, imageShape, numbers } from './random_calls.ts';
import { count, longest, mostly, numbersOf, padding, pairsOf, perDimension, spatial } from './random_options.ts';
import { flat, places } from './reference_convolution.ts';
import { referenceWindows } from './reference_pool.ts';

const rank = fc.integer({ min: 1, max: 3 });

describe('thousands of random poolings, foldings and shuffles give the right result or a typed error:', () => {
  const poolCalls = rank.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      batch: fc.constantFrom(null, 0, 1, 2),
      channels: fc.integer({ min: 0, max: 2 }),
      size: spatial(dims, 6),
      kernelSize: perDimension(dims, 1, 3),
      stride: mostly(perDimension(dims, 1, 4), fc.constant(undefined)),
      padding: padding(dims, 1),
      dilation: perDimension(dims, 1, 2),
      ceilMode: fc.boolean(),
      countIncludePad: fc.boolean(),
      divisorOverride: mostly(fc.constant(null), fc.constantFrom(3, -2, 0, 1.5, 2 ** 32), 8),
    }),
  );

  type PoolCall = typeof poolCalls extends fc.Arbitrary<infer T> ? T : never;

  function windowsOf(
    call: PoolCall,
    dilationGiven: unknown,
  ): { shape: readonly number[]; windows: ReturnType<typeof referenceWindows> } | null {
    const { dims, size, kernelSize } = call;
    const kernel = numbersOf(kernelSize, dims, 1);
    const stride = numbersOf(call.stride === undefined ? kernelSize : call.stride, dims, 1);
    const dilation = numbersOf(dilationGiven, dims, 1);
    if (kernel === null || stride === null || dilation === null || size.length !== dims || size.includes(0)) return null;
    const pairs = pairsOf(call.padding, size, kernel, stride, dilation);
    if (pairs === null) return null;
    const extent = kernel.map((taps, dim) => dilation[dim] * (taps - 1) + 1);
    if (typeof call.padding !== 'string' && pairs.some((pair, dim) => Math.max(...pair) > extent[dim] / 2)) return null;
    if (size.some((length, dim) => length + pairs[dim][0] + pairs[dim][1] > longest)) return null;
    const outSize = size.map((length, dim) => {
      const room = length + pairs[dim][0] + pairs[dim][1] - extent[dim];
      const windows = Math.floor((room + (call.ceilMode ? stride[dim] - 1 : 0)) / stride[dim]) + 1;
      return room < 0 ? 0 : (windows - 1) * stride[dim] < length + pairs[dim][0] ? windows : windows - 1;
    });
    const touches = (length: number, dim: number) =>
      places([outSize[dim]]).every(([p]) =>
        places([kernel[dim]]).some(([k]) => {
          const at = p * stride[dim] + k * dilation[dim] - pairs[dim][0];
          return at >= 0 && at < length;
        }),
      );
    if (outSize.includes(0) || !size.every(touches)) return null;
    const leading = call.batch === null ? [call.channels] : [call.batch, call.channels];
    const x = numbers(normal([...leading, ...size], 1));
    const windows = referenceWindows({ x, leading, size, kernel, stride, dilation, padding: pairs, outSize });
    return { shape: [...leading, ...outSize], windows };
  }

  const imageOf = ({ batch, channels, size }: PoolCall) => normal(imageShape(batch, channels, size), 1);

  it('maxPool1d, maxPool2d, maxPool3d', () => {
    const f: Readonly<Record<number, typeof maxPool2d>> = { 1: maxPool1d, 2: maxPool2d, 3: maxPool3d };
    check(
      poolCalls,
      1500,
      (call) => {
        const { kernelSize, stride, padding, dilation, ceilMode } = call;
        return untyped(f[call.dims], imageOf(call), kernelSize, { stride, padding, dilation, ceilMode });
      },
      (call) => {
        const found = windowsOf(call, call.dilation);
        return found === null ? null : { shape: found.shape, data: found.windows.map(({ seen }) => Math.max(...seen)) };
      },
    );
  });

  it('avgPool1d, avgPool2d, avgPool3d', () => {
    const f: Readonly<Record<number, typeof avgPool2d>> = { 1: avgPool1d, 2: avgPool2d, 3: avgPool3d };
    check(
      poolCalls,
      1500,
      (call) => {
        const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = call;
        return untyped(f[call.dims], imageOf(call), kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
      },
      (call) => {
        const found = windowsOf(call, 1);
        const { divisorOverride, countIncludePad } = call;
        if (found === null || (divisorOverride !== null && ![3, -2].includes(divisorOverride))) return null;
        const data = found.windows.map(({ seen, covered }) => {
          const sum = seen.reduce((total, value) => total + value, 0);
          return sum / (divisorOverride ?? (countIncludePad ? covered : seen.length));
        });
        return { shape: found.shape, data };
      },
    );
  });

  const patchCalls = rank.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      batch: fc.constantFrom(null, 0, 1, 2),
      channels: fc.integer({ min: 1, max: 2 }),
      size: spatial(dims, 5),
      kernelSize: mostly(fc.array(count(1, 3), { minLength: dims, maxLength: dims }), perDimension(dims, 1, 3)),
      stride: perDimension(dims, 1, 3),
      padding: padding(dims, 2),
      dilation: perDimension(dims, 1, 2),
      wrongColumns: mostly(fc.constant(0), fc.constant(1)),
    }),
  );

  type PatchCall = typeof patchCalls extends fc.Arbitrary<infer T> ? T : never;

  /** For each tap, and each patch, the place in an image of a size, or null in the padding. */
  function patchesOf(
    call: PatchCall,
    size: readonly number[],
  ): { taps: number; patches: number; at: readonly (readonly number[] | null)[] } | null {
    const dims = size.length;
    const kernel = numbersOf(call.kernelSize, dims, 1);
    const [stride, dilation] = [numbersOf(call.stride, dims, 1), numbersOf(call.dilation, dims, 1)];
    if (dims < 1 || dims > 3 || kernel === null || stride === null || dilation === null || size.includes(0)) return null;
    const pairs = pairsOf(call.padding, size, kernel, stride, dilation);
    if (pairs === null) return null;
    const counts = size.map((length, dim) => {
      const padded = length + pairs[dim][0] + pairs[dim][1];
      return padded > longest ? 0 : Math.max(0, Math.floor((padded - dilation[dim] * (kernel[dim] - 1) - 1) / stride[dim]) + 1);
    });
    if (counts.includes(0)) return null;
    const at = places([...kernel, ...counts]).map((place) => {
      const [tap, window] = [place.slice(0, dims), place.slice(dims)];
      const position = window.map((p, dim) => p * stride[dim] + tap[dim] * dilation[dim] - pairs[dim][0]);
      return position.every((i, dim) => i >= 0 && i < size[dim]) ? position : null;
    });
    const product = (list: readonly number[]) => list.reduce((total, length) => total * length, 1);
    return { taps: product(kernel), patches: product(counts), at };
  }

  it('unfold', () => {
    check(
      patchCalls,
      1000,
      ({ batch, channels, size, kernelSize, stride, padding, dilation }) =>
        untyped(unfold, normal(imageShape(batch, channels, size), 1), kernelSize, { stride, padding, dilation }),
      (call) => {
        const shape = imageShape(call.batch, call.channels, call.size);
        const dims = Array.isArray(call.kernelSize) ? call.kernelSize.length : 2;
        const leading = shape.slice(0, shape.length - dims);
        const size = shape.slice(leading.length);
        const found = leading.length === 1 || leading.length === 2 ? patchesOf(call, size) : null;
        if (found === null) return null;
        const x = numbers(normal(shape, 1));
        const data = places(leading).flatMap((plane) =>
          found.at.map((position) => (position === null ? 0 : x[flat([...plane, ...position], shape)])),
        );
        return { shape: [...leading.slice(0, -1), leading[leading.length - 1] * found.taps, found.patches], data };
      },
    );
  });

  it('fold', () => {
    const columnsOf = (call: PatchCall) => {
      const { taps, patches } = patchesOf(call, call.size) ?? { taps: 4, patches: 4 };
      return normal([...imageShape(call.batch, call.channels * taps, []), patches + call.wrongColumns], 1);
    };
    check(
      patchCalls,
      1000,
      (call) => {
        const { size, kernelSize, stride, padding, dilation } = call;
        return untyped(fold, columnsOf(call), size, kernelSize, { stride, padding, dilation });
      },
      (call) => {
        const found = call.wrongColumns > 0 ? null : patchesOf(call, call.size);
        if (found === null) return null;
        const leading = imageShape(call.batch, call.channels, []);
        const shape = [...leading, ...call.size];
        const data = places(shape).map(() => 0);
        const columns = numbers(columnsOf(call));
        places(leading).forEach((plane, index) => {
          found.at.forEach((position, place) => {
            if (position !== null) data[flat([...plane, ...position], shape)] += columns[index * found.at.length + place];
          });
        });
        return { shape, data };
      },
    );
  });

  it('pixelShuffle, pixelUnshuffle, channelShuffle', () => {
    const calls = fc.record({
      shape: fc.array(mostly(fc.integer({ min: 1, max: 6 }), fc.constant(0)), { minLength: 2, maxLength: 5 }),
      factor: count(1, 3),
      f: fc.constantFrom('pixelShuffle' as const, 'pixelUnshuffle' as const, 'channelShuffle' as const),
    });
    const functions = { pixelShuffle, pixelUnshuffle, channelShuffle };
    check(
      calls,
      1500,
      ({ shape, factor, f }) => untyped(functions[f], normal(shape, 1), factor),
      ({ shape, factor, f }) => {
        const by = numbersOf(factor, 1, 1);
        if (by === null || shape.length < 3 || (f !== 'channelShuffle' && by[0] > 46340)) return null;
        const [r] = by;
        const x = numbers(normal(shape, 1));
        if (f === 'channelShuffle') {
          const perGroup = shape[1] / r;
          if (!Number.isInteger(perGroup)) return null;
          const from = (c: number) => (c % r) * perGroup + Math.floor(c / r);
          return { shape, data: places(shape).map(([n, c, ...rest]) => x[flat([n, from(c), ...rest], shape)]) };
        }
        const [leading, [channelCount, height, width]] = [shape.slice(0, -3), shape.slice(-3)];
        const isUp = f === 'pixelShuffle';
        const result = isUp ? [channelCount / r ** 2, height * r, width * r] : [channelCount * r ** 2, height / r, width / r];
        if (!result.every(Number.isInteger)) return null;
        const data = places([...leading, ...result]).map((place) => {
          const [c, i, j] = place.slice(-3);
          const within = c % r ** 2;
          const source = isUp
            ? [c * r ** 2 + (i % r) * r + (j % r), Math.floor(i / r), Math.floor(j / r)]
            : [Math.floor(c / r ** 2), i * r + Math.floor(within / r), j * r + (within % r)];
          return x[flat([...place.slice(0, -3), ...source], shape)];
        });
        return { shape: [...leading, ...result], data };
      },
    );
  });
});
