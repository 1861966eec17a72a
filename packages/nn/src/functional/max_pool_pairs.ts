import { apply, defineFunction, readable, type Tensor, writable } from '@convgrad/core';
import * as kernels from '@convgrad/core/kernels';
import { floatDType } from './float_dtype.ts';
import type { PoolGeometry } from './pool_geometry.ts';

/*
 * Max pooling by windows that share no element (`arePairs`), alone or with ReLU behind it. The winner w[p, j] of window j is the place of its largest
 * element, the first of equal ones, NaN before everything; none where ReLU follows and that is not above 0. A place has one window at most, so
 * that nothing is added up:
 *
 *   y[p, j] = x[p, w[p, j]], 0 for none                       dx = spread(dy)
 *   spread: x[p, w[p, j]] = g[p, j], 0 elsewhere              dg = pick(dx)
 *   pick:   g[p, j] = x[p, w[p, j]], 0 for none               dx = spread(dg)
 */

interface Pooling {
  readonly geometry: PoolGeometry;
  readonly relu: boolean;
}

const poolFunction = defineFunction<[Tensor], Pooling>({
  name: 'maxPool',
  forward(call, [x], { geometry, relu }) {
    const y = call.output(geometry.outputShape, x.dtype);
    const winners = call.needsGrad(0) ? call.temporary(geometry.outputShape, 'uint8') : null;
    call.save(winners);
    const kept = winners === null ? 0 : writable(winners.storage);
    kernels.maxPoolPairs(floatDType('maxPool', x), readable(x.storage), writable(y.storage), 0, kept, relu, geometry);
    return y;
  },
  backward(call, g, { geometry }) {
    return [spreadToWinners(g, call.saved(0), geometry)];
  },
});

const spreadFunction = defineFunction<[Tensor, Tensor], PoolGeometry>({
  name: 'maxPoolGrad',
  forward(call, [g, winners], geometry) {
    const x = call.output(geometry.inputShape, g.dtype);
    call.save(winners);
    kernels.maxPoolPairsGrad(floatDType('maxPoolGrad', g), readable(g.storage), readable(winners.storage), writable(x.storage), geometry);
    return x;
  },
  backward(call, h, geometry) {
    return [pick(h, call.saved(0), geometry), null];
  },
});

const pickFunction = defineFunction<[Tensor, Tensor], PoolGeometry>({
  name: 'maxPoolPick',
  forward(call, [x, winners], geometry) {
    const g = call.output(geometry.outputShape, x.dtype);
    call.save(winners);
    kernels.maxPoolPairsPick(floatDType('maxPoolPick', x), readable(x.storage), readable(winners.storage), writable(g.storage), geometry);
    return g;
  },
  backward(call, h, geometry) {
    return [spreadToWinners(h, call.saved(0), geometry), null];
  },
});

/** The gradient of a pooling, of which `winners` are known: g at the winners, 0 elsewhere. */
export function spreadToWinners(g: Tensor, winners: Tensor, geometry: PoolGeometry): Tensor {
  return apply(spreadFunction, [g, winners], geometry);
}

function pick(x: Tensor, winners: Tensor, geometry: PoolGeometry): Tensor {
  return apply(pickFunction, [x, winners], geometry);
}

/** The largest element of each window of a geometry of which `arePairs` is true, and of that max(y, 0) if `relu`. */
export function maxPoolPairs(x: Tensor, geometry: PoolGeometry, relu: boolean): Tensor {
  return apply(poolFunction, [x], { geometry, relu });
}
