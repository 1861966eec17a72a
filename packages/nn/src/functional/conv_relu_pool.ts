import {
  apply,
  defineFunction,
  type FloatDType,
  isGradEnabled,
  plain,
  plainOutput,
  readable,
  type Shape,
  sizeOf,
  type Tensor,
  writable,
} from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { sumOverChannels } from './channel_sum.ts';
import { convInput, convWeight, zeroPaddedGeometry } from './convolution.ts';
import { floatDType } from './float_dtype.ts';
import type { ConvGeometry, ConvSettings } from './geometry.ts';
import type { LastShapes } from './last_shapes.ts';
import { spreadToWinners } from './max_pool_pairs.ts';
import type { PoolGeometry } from './pool_geometry.ts';

/*
 * A convolution with ReLU and a max pooling behind it, y = maxPool(relu(c)) with c = conv(x, w) + b, by windows that share no element. With the winners of
 * the windows W[p, j] (max_pool_pairs.ts)
 *
 *   y[p, j] = c[p, W[p, j]], 0 for none
 *
 * which is linear in c while the winners stay what they are, so that with g the cotangent
 *
 *   dc = spread(g)   dx = convInput(dc, w)   dw = convWeight(x, dc)   db = sum of dc over batch and positions
 *
 * `composedGradients` writes them in these differentiable functions, which gives all further orders. `fusedGradients` computes the same numbers where kernels read g and
 * the winners for dc, which is four times as large; db is then the sum of g over the windows that have a winner.
 */

interface PooledConvolution {
  readonly conv: ConvGeometry;
  readonly pool: PoolGeometry;
  readonly dtype: FloatDType;
  /** Which kernels do without dc; null if the convolution itself does not go together with the pooling. */
  readonly maps: kernels.PooledMaps | null;
}

/** What gradients are computed from, and which of them are asked for. */
interface Saved {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly winners: Tensor;
  readonly needs: { readonly x: boolean; readonly weight: boolean; readonly bias: boolean };
}

type ThreeGradients = readonly [x: Tensor | null, weight: Tensor | null, bias: Tensor | null];

const convReluPoolFunction = defineFunction<[Tensor, Tensor, Tensor | null], PooledConvolution>({
  name: 'convReluPool',
  forward(call, [x, weight, bias], { conv, pool, dtype }) {
    const y = call.output(pool.outputShape, dtype);
    const hasBackward = call.needsGrad(0) || call.needsGrad(1) || call.needsGrad(2);
    const winners = hasBackward ? call.temporary(pool.outputShape, 'uint8') : null;
    call.save(x, weight, winners);
    kernels.convReluPool(
      dtype,
      readable(x.storage),
      readable(weight.storage),
      bias === null ? 0 : readable(bias.storage),
      writable(y.storage),
      winners === null ? 0 : writable(winners.storage),
      conv,
    );
    return y;
  },
  backward(call, g, options) {
    const needs = { x: call.needsGrad(0), weight: call.needsGrad(1), bias: call.needsGrad(2) };
    const saved = { x: call.saved(0), weight: call.saved(1), winners: call.saved(2), needs };
    return isGradEnabled() ? composedGradients(g, saved, options) : fusedGradients(g, saved, options);
  },
});

function composedGradients(g: Tensor, { x, weight, winners, needs }: Saved, { conv, pool }: PooledConvolution): ThreeGradients {
  const dc = spreadToWinners(g, winners, pool);
  return [
    needs.x ? convInput(dc, weight, null, conv) : null,
    needs.weight ? convWeight(x, dc, conv) : null,
    needs.bias ? sumOverChannels(dc) : null,
  ];
}

function fusedGradients(g: Tensor, { x, weight, winners, needs }: Saved, { conv, pool, dtype, maps }: PooledConvolution): ThreeGradients {
  let whole: Tensor | null = null;
  const dc = () => {
    whole ??= spreadToWinners(g, winners, pool);
    return whole;
  };
  const inputGradient = () =>
    plain([g, winners, weight], () => {
      const dx = plainOutput(conv.inputShape, dtype);
      kernels.convInputPooled(readable(g.storage), readable(winners.storage), readable(weight.storage), writable(dx.storage), conv);
      return dx;
    });
  const weightGradient = () =>
    plain([g, winners, x], () => {
      const dw = plainOutput(conv.weightShape, dtype);
      kernels.convWeightPooled(dtype, readable(x.storage), readable(g.storage), readable(winners.storage), writable(dw.storage), conv);
      return dw;
    });
  return [
    !needs.x ? null : maps?.input ? inputGradient() : convInput(dc(), weight, null, conv),
    !needs.weight ? null : maps?.weight ? weightGradient() : convWeight(x, dc(), conv),
    needs.bias ? sumOverWinners(g, winners, pool, dtype) : null,
  ];
}

/** [O]: the sums of g over batch and windows that have a winner. */
function sumOverWinners(g: Tensor, winners: Tensor, { outputShape, outSize }: PoolGeometry, dtype: FloatDType): Tensor {
  const [batch, channels] = outputShape;
  return plain([g, winners], () => {
    const sums = plainOutput([channels], dtype);
    const [from, kept, to] = [readable(g.storage), readable(winners.storage), writable(sums.storage)];
    kernels.maxPoolPairsSum(dtype, from, kept, to, batch, channels, sizeOf(outSize));
    return sums;
  });
}

/** The last pooling that a convolution was put together with: a layer's geometry is one object for as long as its shapes stay. */
const lastPooled = new WeakMap<ConvGeometry, PooledConvolution>();

function pooledConvolution(conv: ConvGeometry, pool: PoolGeometry, dtype: FloatDType): PooledConvolution {
  const last = lastPooled.get(conv);
  if (last !== undefined && last.pool === pool && last.dtype === dtype) return last;
  const pooled = { conv, pool, dtype, maps: kernels.pooledMaps(dtype, conv, pool) };
  lastPooled.set(conv, pooled);
  return pooled;
}

/**
 * A convolution as `convolve` has it with ReLU and a max pooling behind it, which `poolOf` gives for a shape; null where that is not
 * worth a kernel of its own.
 */
export function convReluPool(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvSettings,
  last: LastShapes<ConvGeometry>,
  poolOf: (shape: Shape) => PoolGeometry,
): Tensor | null {
  if (x.ndim !== rank + 2 || settings.paddingMode !== 'zeros') return null;
  const conv = zeroPaddedGeometry(name, rank, x, weight, bias, settings, last);
  const pooled = pooledConvolution(conv, poolOf(conv.outputShape), floatDType(name, x));
  return pooled.maps === null ? null : apply(convReluPoolFunction, [x, weight, bias], pooled);
}
