import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import type { MatrixProduct } from './matrix_product.ts';
import { scratch } from './memory.ts';
import { vectorLanes } from './vector_lanes.ts';

/** Steps that are summed at a time: longer sums would lose digits. */
const mostSteps = 512;
/** Of each row and column that much is prepared at a time. */
const preparedBytes = 2048;
/** Rows of a task, at most, which stay in the second-level cache while the columns pass; fewer where they are packed. */
const mostRows = 256;
const mostNarrowRows = 128;
/** Launches are cut into so many tasks where their size allows: tasks of some rows and columns, and of some elements that are prepared. */
const fewestTasks = 16;
const fewestRows = 32;
const fewestColumns = 96;
/** Multiply-adds of a task, at least, of results that count as sums of so many: what another processor wrote takes longer to read than so few to multiply. */
const fewestProducts = 1 << 18;
const shortestSum = 8;
const elementsPerTask = 1 << 14;
/** Matrices with fewer rows or columns fit into one block of `gemm`, so that its tasks have little to share. */
const fewestShared = 257;
/** Vectors of so many float32 numbers read matrices as they lie; to turn them pays from so many rows and columns on. */
const wideLanes = 16;
const fewestTurned = 16;
/** Lines that begin a multiple of this apart share a few places of the caches; so many rows are worth copying them. */
const placeBytes = 4096;
const fewestCopied = 64;
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
  const { a, b, c, m, n, k, transposeA, transposeB, bias, rowBias, accumulate } = product;
  const bytes = bytesPerElement[dtype];
  const copiesB = transposeB !== true && (n * bytes) % placeBytes === 0 && m >= fewestCopied;
  const isPrepared = vectorLanes() < wideLanes || isTurned(product) || copiesB;
  const mostDepth = isPrepared ? evenShare(k, preparedBytes / bytes) : k;
  const prepared = isPrepared ? scratch((m + n + padding) * (mostDepth + padding) * bytes) : 0;
  const rowBlocks = Math.ceil(m / (vectorLanes() < wideLanes ? mostNarrowRows : mostRows));
  const tasks = Math.min(fewestTasks, Math.floor((m * n * Math.max(k, shortestSum)) / fewestProducts));
  const columnParts = Math.max(1, Math.min(Math.ceil(tasks / rowBlocks), Math.floor(n / fewestColumns)));
  const rowParts = Math.max(rowBlocks, Math.min(Math.ceil(tasks / columnParts), Math.floor(m / fewestRows)));
  for (let step = 0; step < k; step += mostDepth) {
    const depth = Math.min(mostDepth, k - step);
    const run = (stage: 0 | 1, count: number) => {
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
        copyB: copiesB ? 1 : 0,
        accumulate: accumulate === true ? 1 : 0,
        stage,
        step,
        depth,
        blockK: evenShare(depth, mostSteps),
        rowParts,
        prepared,
      };
      launch('sharedGemm', scalarOf[dtype], fields, count);
    };
    if (isPrepared) run(0, Math.ceil(Math.min(fewestTasks, ((m + n) * depth) / elementsPerTask)));
    run(1, rowParts * columnParts);
  }
}

function isTurned({ transposeA, transposeB }: MatrixProduct): boolean {
  return transposeA === true || transposeB === true;
}
