import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import type { MatrixProduct } from './matrix_product.ts';
import { type Pointer, scratch } from './memory.ts';
import { vectorLanes } from './vector_lanes.ts';

/** Steps that are summed at a time: longer sums would lose digits. */
const mostSteps = 512;
/** Of each row and column that much is prepared at a time. */
const preparedBytes = 4096;
/** Rows of a task, at most, which stay in the second-level cache while the columns pass. */
const mostRows = 128;
/** Launches are cut into so many tasks where their size allows, half as many by rows: tasks of some rows and columns, and of some elements that are prepared. */
const fewestTasks = 32;
const fewestRows = 32;
const fewestColumns = 96;
const elementsPerTask = 1 << 14;
/** Matrices with fewer rows or columns fit into one block of `gemm`, so that its tasks have little to share. */
const fewestShared = 257;
/** Vectors of so many float32 numbers read matrices as they lie; to turn them pays from so many rows and columns on. */
const wideLanes = 16;
const fewestTurned = 64;
/** Elements by which the prepared rows and columns, and their number, are made up to whole vectors, and set off from powers of two. */
const padding = 64;

/** Whether tasks had better share what is prepared for them. */
export function servesShared(product: MatrixProduct): boolean {
  const { m, n, k, batch = 1 } = product;
  const fewest = vectorLanes() < wideLanes ? fewestShared : isTurned(product) ? fewestTurned : 1;
  return batch === 1 && k > 0 && Math.min(m, n) >= fewest;
}

/** c = op(a) op(b) as `gemm`, of a single pair of matrices. */
export function sharedGemm(dtype: FloatDType, product: MatrixProduct): void {
  const { m, n, k } = product;
  const isPrepared = vectorLanes() < wideLanes || isTurned(product);
  const mostDepth = isPrepared ? evenShare(k, preparedBytes / bytesPerElement[dtype]) : k;
  const prepared = isPrepared ? scratch((m + n + padding) * (mostDepth + padding) * bytesPerElement[dtype]) : 0;
  const rowParts = Math.max(Math.ceil(m / mostRows), Math.min(fewestTasks / 2, Math.floor(m / fewestRows)));
  const columnParts = Math.max(1, Math.min(Math.ceil(fewestTasks / rowParts), Math.floor(n / fewestColumns)));
  for (let step = 0; step < k; step += mostDepth) {
    const depth = Math.min(mostDepth, k - step);
    if (isPrepared) {
      const tasks = Math.ceil(Math.min(fewestTasks, ((m + n) * depth) / elementsPerTask));
      runStage(dtype, product, 0, step, depth, rowParts, prepared, tasks);
    }
    runStage(dtype, product, 1, step, depth, rowParts, prepared, rowParts * columnParts);
  }
}

function isTurned({ transposeA, transposeB }: MatrixProduct): boolean {
  return transposeA === true || transposeB === true;
}

function runStage(
  dtype: FloatDType,
  { a, b, c, m, n, k, transposeA, transposeB, bias, rowBias, accumulate }: MatrixProduct,
  stage: 0 | 1,
  step: number,
  depth: number,
  rowParts: number,
  prepared: Pointer,
  tasks: number,
): void {
  const fields = {
    a,
    b,
    c,
    rowBias: rowBias ?? 0,
    columnBias: bias ?? 0,
    m,
    n,
    k,
    transposeA: transposeA === true ? 1 : 0,
    transposeB: transposeB === true ? 1 : 0,
    accumulate: accumulate === true ? 1 : 0,
    stage,
    step,
    depth,
    blockK: evenShare(depth, mostSteps),
    rowParts,
    prepared,
  };
  launch('sharedGemm', scalarOf[dtype], fields, tasks);
}
