import { alignUp } from './align.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import type { MatrixProduct } from './matrix_product.ts';
import { scratch, workerCount } from './memory.ts';
import { vectorLanes } from './vector_lanes.ts';

/** Steps that are summed at a time: longer sums would lose digits. */
const mostSteps = 512;
/** Parts of the sum, a power of two for threads to have as many each, and the steps and multiply-adds of one, at least. */
const mostParts = 8;
const fewestSteps = 128;
const fewestProducts = 1 << 18;
/** Rows of a and steps with which it pays: fewer rows are dot products, of more a prepared operand is read often enough. */
const fewestRows = 16;
const mostRows = 256;
const longSum = 256;
/** Rows of b whose results are added up by a task, and turned at a time. */
const rowsPerTask = 32;
const turnedRows = 16;
const slack = 256;

/** Whether the sum of a product had better be cut into parts: a layer's outputs from many inputs, for a batch. */
export function servesLong({ m, n, k, transposeA, transposeB, accumulate, batch = 1 }: MatrixProduct): boolean {
  const isDot = transposeB === true && transposeA !== true && accumulate !== true && batch === 1;
  return isDot && k >= longSum && m >= fewestRows && m <= Math.min(n, mostRows);
}

/** c = a b^T and biases as `gemm`, where `servesLong`. */
export function longGemm(dtype: FloatDType, product: MatrixProduct): void {
  const { a, b, c, m, n, k, bias, rowBias } = product;
  const bytes = bytesPerElement[dtype];
  const pitch = alignUp(m, vectorLanes());
  const parts = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(mostParts, k / fewestSteps, (m * n * k) / fewestProducts))));
  const blockK = evenShare(Math.ceil(k / parts), mostSteps);
  const partialBytes = alignUp((parts * n * pitch + slack) * bytes, 64);
  const scratchStride = alignUp((Math.max(blockK, turnedRows) * pitch + slack) * bytes, 64);
  const partial = scratch(partialBytes + workerCount() * scratchStride);
  for (const stage of [0, 1]) {
    const fields = {
      a,
      b,
      c,
      rowBias: rowBias ?? 0,
      columnBias: bias ?? 0,
      m,
      n,
      k,
      pitch,
      parts,
      blockK,
      stage,
      partial,
      scratch: partial + partialBytes,
      scratchStride,
    };
    launch('longGemm', scalarOf[dtype], fields, stage === 0 ? parts : Math.ceil(n / rowsPerTask));
  }
}
