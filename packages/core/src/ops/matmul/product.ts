import { apply, defineFunction } from '../../autograd/function.ts';
import type { Tensor } from '../../autograd/graph.ts';
import { ConvgradError } from '../../errors.ts';
import { isFloat } from '../../kernels/dtype.ts';
import { gemm } from '../../kernels/gemm.ts';
import { readable, writable } from '../../memory/staging.ts';

/** How two matrices, or two stacks of them, are multiplied. */
export interface ProductOptions {
  /** a is [batch?, k, m] instead of [batch?, m, k]. */
  readonly transposeA: boolean;
  /** b is [batch?, n, k] instead of [batch?, k, n]. */
  readonly transposeB: boolean;
}

/**
 * Y = A B for matrices or stacks of matrices of one batch size, each as it lies or transposed.
 *
 *   dA = G B^T  (of a transposed A: B G^T)        dB = A^T G  (of a transposed B: G^T A)
 *
 * which are products of the same kind, so that it is differentiable any number of times.
 */
const productFunction = defineFunction<[Tensor, Tensor], ProductOptions>({
  name: 'matmul',
  forward(call, [a, b], { transposeA, transposeB }) {
    call.save(a, b);
    const rank = a.ndim;
    const batch = rank === 3 ? a.shape[0] : 1;
    const [m, k] = transposeA ? [a.shape[rank - 1], a.shape[rank - 2]] : [a.shape[rank - 2], a.shape[rank - 1]];
    const n = b.shape[transposeB ? rank - 2 : rank - 1];
    const y = call.output(rank === 3 ? [batch, m, n] : [m, n], a.dtype);
    // Not reachable: every caller has seen to it.
    if (!isFloat(a.dtype)) throw new ConvgradError(`matmul: no kernel for ${a.dtype}`);
    gemm(a.dtype, {
      a: readable(a.storage),
      b: readable(b.storage),
      c: writable(y.storage),
      m,
      n,
      k,
      transposeA,
      transposeB,
      batch,
      aStride: m * k,
      bStride: k * n,
      cStride: m * n,
    });
    return y;
  },
  backward(call, g, { transposeA, transposeB }) {
    const a = call.needsGrad(1) ? call.saved(0) : null;
    const b = call.needsGrad(0) ? call.saved(1) : null;
    const da = b && (transposeA ? product(b, g, transposeB, true) : product(g, b, false, !transposeB));
    const db = a && (transposeB ? product(g, a, true, transposeA) : product(a, g, !transposeA, false));
    return [da, db];
  },
});

/** The product of two matrices or of two stacks of matrices, whose shapes and dtypes fit. */
export function product(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  return apply(productFunction, [a, b], { transposeA, transposeB });
}
