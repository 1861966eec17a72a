import type { DType } from '../kernels/dtype.ts';
import { isFloat } from '../kernels/dtype.ts';
import { printExponential, printFixed } from './rounding.ts';

/** Decimals that are printed. */
const precision = 4;

/**
 * How the numbers of one tensor are printed, all in the same way and width. PyTorch's rule (torch/_tensor_str.py): floats that are all whole
 * get a point and no decimals; scientific notation is taken where the largest is more than 1000 times the smallest, above 1e8, or
 * where the smallest is below 1e-4. Zeros, infinities and NaN have no say in it.
 */
export class ColumnFormat {
  readonly width: number;
  private readonly print: (value: number) => string;

  constructor(dtype: DType, values: readonly number[]) {
    const deciding = isFloat(dtype) ? values.filter((value) => value !== 0 && Number.isFinite(value)) : values;
    this.print = isFloat(dtype) ? floatStyle(deciding) : String;
    this.width = deciding.reduce((width, value) => Math.max(width, this.print(value).length), 1);
  }

  format(value: number): string {
    return this.print(value).padStart(this.width);
  }
}

function floatStyle(deciding: readonly number[]): (value: number) => string {
  const magnitudes = deciding.map(Math.abs);
  const largest = Math.max(...magnitudes);
  const smallest = Math.min(...magnitudes);
  if (deciding.length > 0 && (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4)) {
    return (value) => printSpecial(value) ?? printExponential(value, precision);
  }
  if (deciding.every(Number.isInteger)) return (value) => printSpecial(value) ?? `${printFixed(value, 0)}.`;
  return (value) => printSpecial(value) ?? printFixed(value, precision);
}

function printSpecial(value: number): string | null {
  if (Number.isNaN(value)) return 'nan';
  if (Number.isFinite(value)) return null;
  return value > 0 ? 'inf' : '-inf';
}
