import type { Pointer } from './memory.ts';

/** One product of matrices, or a batch of them; every matrix is row-major without gaps. */
export interface MatrixProduct {
  /** [m, k], or [k, m] with `transposeA`. */
  readonly a: Pointer;
  /** [k, n], or [n, k] with `transposeB`. */
  readonly b: Pointer;
  /** [m, n]. */
  readonly c: Pointer;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** [n], added to every row; 0 for none. */
  readonly bias?: Pointer;
  /** [m], added to every column; 0 for none. */
  readonly rowBias?: Pointer;
  /** Add to c what is there. */
  readonly accumulate?: boolean;
  readonly batch?: number;
  /** Elements from one matrix of the batch to the next; 0 uses one for all. */
  readonly aStride?: number;
  readonly bStride?: number;
  readonly cStride?: number;
}
