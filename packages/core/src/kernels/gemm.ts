import { alignUp } from './align.ts';
import { bytesPerElement, type FloatDType, scalarOf } from './dtype.ts';
import { evenShare } from './even_share.ts';
import { launch } from './launch.ts';
import { longGemm, servesLong } from './long_gemm.ts';
import type { MatrixProduct } from './matrix_product.ts';
import { scratch, workerCount } from './memory.ts';
import { servesShared, sharedGemm } from './shared_gemm.ts';
import { vectorLanes } from './vector_lanes.ts';

export type { MatrixProduct } from './matrix_product.ts';

/** Steps that are summed at a time: longer sums would lose digits. */
const blockK = 512;
const dotBlockK = 256 * vectorLanes();
/** Rows and columns of a block, at most; columns are whole panels, or as many right rows as a dot product takes at a time, of any target. */
const mostRows = 256;
const mostColumns = 256;
const panelColumns = 48;
const mostDotColumns = 512;
const dotColumns = 60;
/** Products are cut into so many tasks where their size allows. */
const fewestTasks = 16;
/** Multiply-adds that are worth a task of their own, and results of which a block has more: smaller ones would pack too much. */
const fewestProducts = 1 << 20;
const smallestBlock = 64 * 32;
/** Dot products pack nothing, so smaller ones can be shared, but a block reads all of its right rows: long ones from far away. */
const fewestDotProducts = 1 << 17;
const smallestDotBlock = 16 * 60;
const longestNearRow = 1024;
/** With fewer rows or columns than this, packing would cost more than it saves where both operands run along k; with a long k natively more so. */
const dotBelow = 48;
const longDotBelow = 160;
const longDot = 256;
/** No target's panels are wider, in elements. */
const widestPanel = 64;
const widestVector = 16;
const scratchSlack = 4096;

/**
 * c = op(a) op(b), plus bias, rowBias and, with `accumulate`, c. With k = 0 the product is zero.
 *
 * @example gemm('float32', { a, b, c, m, n, k, transposeB: true, bias });
 */
export function gemm(dtype: FloatDType, product: MatrixProduct): void {
  const { a, b, c, m, n, k, batch = 1, aStride = 0, bStride = 0, cStride = 0 } = product;
  const transposeA = product.transposeA === true;
  const transposeB = product.transposeB === true;
  if (servesLong(product)) {
    longGemm(dtype, product);
    return;
  }
  if (servesShared(product)) {
    sharedGemm(dtype, product);
    return;
  }
  const dot = transposeB && !transposeA && Math.min(m, n) < (k < longDot ? dotBelow : longDotBelow);
  const [blockM, blockN] = dot ? dotBlocks(m, n, k, batch) : packedBlocks(m, n, k, batch);
  const depth = Math.min(k, blockK);
  const elements = dot ? 0 : depth * (blockM + (transposeB ? blockN : 0) + widestPanel + 1);
  const scratchStride = alignUp(elements * bytesPerElement[dtype] + scratchSlack, 64);
  launch(
    'gemm',
    scalarOf[dtype],
    {
      a,
      b,
      c,
      rowBias: product.rowBias ?? 0,
      columnBias: product.bias ?? 0,
      m,
      n,
      k,
      transposeA: transposeA ? 1 : 0,
      transposeB: transposeB ? 1 : 0,
      accumulate: product.accumulate === true ? 1 : 0,
      batch,
      aStride,
      bStride,
      cStride,
      dot: dot ? 1 : 0,
      blockM,
      blockN,
      blockK: dot ? alignUp(evenShare(k, dotBlockK), widestVector) : blockK,
      scratch: scratch(workerCount() * scratchStride),
      scratchStride,
    },
    batch * blockCount(m, n, blockM, blockN),
  );
}

// Large blocks pack least; a product of few blocks is cut further, for other threads to have their share.
function packedBlocks(m: number, n: number, k: number, batch: number): readonly [blockM: number, blockN: number] {
  return blocks(m, n, k, batch, { most: mostColumns, unit: panelColumns, fewest: fewestProducts, smallest: smallestBlock });
}

function dotBlocks(m: number, n: number, k: number, batch: number): readonly [blockM: number, blockN: number] {
  const smallest = k <= longestNearRow ? smallestDotBlock : smallestBlock;
  return blocks(m, n, k, batch, { most: mostDotColumns, unit: dotColumns, fewest: fewestDotProducts, smallest });
}

interface Cut {
  /** Columns of a block, at most, and what they are whole multiples of. */
  readonly most: number;
  readonly unit: number;
  /** Multiply-adds of a task, and results of a block, that are not cut in two. */
  readonly fewest: number;
  readonly smallest: number;
}

function blocks(m: number, n: number, k: number, batch: number, cut: Cut): readonly [blockM: number, blockN: number] {
  let blockM = evenShare(m, mostRows);
  let blockN = wholeShare(n, cut.most, cut.unit);
  while (batch * blockCount(m, n, blockM, blockN) < fewestTasks && blockM * blockN > cut.smallest && blockM * blockN * k > 2 * cut.fewest) {
    if (blockM > blockN) blockM = evenShare(m, blockM >> 1);
    else blockN = wholeShare(n, blockN >> 1, cut.unit);
  }
  return [blockM, blockN];
}

// An even share of about `most`, in whole units where it has more than one.
function wholeShare(total: number, most: number, unit: number): number {
  const share = evenShare(total, most);
  return most < unit ? share : Math.min(total, alignUp(share, unit));
}

function blockCount(m: number, n: number, blockM: number, blockN: number): number {
  return Math.ceil(m / blockM) * Math.ceil(n / blockN);
}
