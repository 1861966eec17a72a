import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ConvgradError, ShapeError } from '../../errors.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { gemm } from '../../kernels/gemm.ts';
import { readable, writable } from '../../memory/staging.ts';
import { printShape } from '../../shape.ts';
import { viewAs } from '../movement/view.ts';
import { requireSameFloat } from '../operands.ts';
import { sum } from '../reduction/sum.ts';
import { product } from './product.ts';

/**
 * Y = X W^T + b of x [n, in], weight [out, in], bias [out] in one product.
 *
 *   dX = G W        dW = G^T X        db = sum over rows of G
 */
const linearFunction = defineFunction<[Tensor, Tensor, Tensor | null]>({
  name: 'linear',
  forward(call, [x, weight, bias]) {
    const [m, k] = x.shape;
    const n = weight.shape[0];
    const y = call.output([m, n], x.dtype);
    call.save(x, weight);
    // Not reachable: requireSameFloat has seen to it.
    if (!isFloat(x.dtype)) throw new ConvgradError(`linear: no kernel for ${x.dtype}`);
    gemm(x.dtype, {
      a: readable(x.storage),
      b: readable(weight.storage),
      c: writable(y.storage),
      bias: bias === null ? 0 : readable(bias.storage),
      m,
      n,
      k,
      transposeB: true,
    });
    return y;
  },
  backward(call, g) {
    return [
      call.needsGrad(0) ? product(g, call.saved(1)) : null,
      call.needsGrad(1) ? product(g, call.saved(0), true) : null,
      call.needsGrad(2) ? sum(g, 0) : null,
    ];
  },
});

/**
 * x W^T + b: PyTorch's linear.
 *
 * @param x [..., in]
 * @param weight [out, in]
 * @param bias [out], or nothing
 * @returns [..., out]
 * @throws ShapeError if the sizes do not fit; DTypeError for integers or mixed floats
 * @example linear(ones([4, 3]), ones([2, 3]), zeros([2])) // shape [4, 2], all 3
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  requireSameFloat('linear', [x, weight, bias], ['input', 'weight', 'bias']);
  if (weight.ndim !== 2) throw new ShapeError(`linear: weight must be [out, in], got ${printShape(weight.shape)}`);
  const [outFeatures, inFeatures] = weight.shape;
  if (x.ndim === 0 || x.shape[x.ndim - 1] !== inFeatures) {
    throw new ShapeError(
      `linear: weight ${printShape(weight.shape)} expects ${inFeatures} input features, but input is ${printShape(x.shape)}`,
    );
  }
  if (bias !== null && (bias.ndim !== 1 || bias.size !== outFeatures)) {
    throw new ShapeError(
      `linear: weight ${printShape(weight.shape)} gives ${outFeatures} output features, but bias is ${printShape(bias.shape)}`,
    );
  }
  const rows = x.shape.slice(0, -1);
  const flat = x.ndim === 2 ? x : viewAs(x, [rows.reduce((count, length) => count * length, 1), inFeatures]);
  const y = apply(linearFunction, [flat, weight, bias], undefined);
  return x.ndim === 2 ? y : viewAs(y, [...rows, outFeatures]);
}
