import type { Tensor } from '../autograd/graph.ts';
import { Parameter } from '../parameter.ts';
import { contiguousStrides, printShape } from '../shape.ts';
import { ColumnFormat } from './column_format.ts';

/** Tensors of more elements are printed in part: this many at each end of every dimension. */
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;
const prefix = 'tensor(';

/**
 * A tensor as PyTorch prints it, with its dtype (unless it is float32), `requiresGrad`, or the function that made it. Never throws: one
 * that was recycled says so.
 *
 * @example printTensor(tensor([[1, 2], [3, 4]])) // 'tensor([[1., 2.],\n        [3., 4.]])'
 */
export function printTensor(x: Tensor): string {
  const heading = x instanceof Parameter ? 'Parameter containing:\n' : '';
  if (x.storage.isRecycled) return `${heading}${prefix}recycled, shape=${printShape(x.shape)})`;
  const numbers = x.size === 0 ? '[]' : new NumberPrinter(x).print();
  return `${heading}${addSuffixes(prefix + numbers, suffixesOf(x))}`;
}

/** A tensor in one short line, for where it stands deep inside something else. */
export function summarizeTensor(x: Tensor): string {
  return `[${x.constructor.name} ${x.dtype} ${printShape(x.shape)}]`;
}

class NumberPrinter {
  private readonly x: Tensor;
  private readonly numbers: ArrayLike<number>;
  private readonly strides: readonly number[];
  /** The indices of each dimension that are printed; null stands for those left out. */
  private readonly shown: readonly (readonly (number | null)[])[];
  private readonly columns: ColumnFormat;

  constructor(x: Tensor) {
    this.x = x;
    this.numbers = x.storage.current();
    this.strides = contiguousStrides(x.shape);
    this.shown = x.shape.map((length) => shownIndices(length, x.size > threshold));
    this.columns = new ColumnFormat(x.dtype, this.shownNumbers(0, 0));
  }

  print(): string {
    return this.level(0, 0, prefix.length);
  }

  private shownNumbers(dim: number, offset: number): number[] {
    if (dim === this.x.ndim) return [this.numbers[offset]];
    return this.shown[dim].flatMap((index) => (index === null ? [] : this.shownNumbers(dim + 1, offset + index * this.strides[dim])));
  }

  private level(dim: number, offset: number, indent: number): string {
    const { ndim } = this.x;
    if (dim === ndim) return this.columns.format(this.numbers[offset]);
    if (dim === ndim - 1) return this.row(offset, indent);
    const parts = this.shown[dim].map((index) =>
      index === null ? '...' : this.level(dim + 1, offset + index * this.strides[dim], indent + 1),
    );
    const gap = `,${'\n'.repeat(ndim - dim - 1)}${' '.repeat(indent + 1)}`;
    return `[${parts.join(gap)}]`;
  }

  private row(offset: number, indent: number): string {
    const parts = this.shown[this.x.ndim - 1].map((index) => (index === null ? ' ...' : this.columns.format(this.numbers[offset + index])));
    const perLine = Math.max(1, Math.floor((lineWidth - indent) / (this.columns.width + 2)));
    const lines: string[] = [];
    for (let start = 0; start < parts.length; start += perLine) lines.push(parts.slice(start, start + perLine).join(', '));
    return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
  }
}

function shownIndices(length: number, summarized: boolean): (number | null)[] {
  const all = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
  if (!summarized || length <= 2 * edgeItems) return all(length);
  return [...all(edgeItems), null, ...all(edgeItems, length - edgeItems)];
}

function suffixesOf(x: Tensor): string[] {
  const suffixes: string[] = [];
  if (x.size === 0 && x.ndim !== 1) suffixes.push(`shape=${printShape(x.shape)}`);
  if (x.dtype !== 'float32') suffixes.push(`dtype=${x.dtype}`);
  if (x.node !== null) suffixes.push(`gradFn=<${x.node.name}>`);
  else if (x.requiresGrad) suffixes.push('requiresGrad=true');
  return suffixes;
}

/** Puts the suffixes behind the numbers, on new lines where the line would become too long. */
function addSuffixes(numbers: string, suffixes: readonly string[]): string {
  let text = numbers;
  let lastLine = numbers.length - numbers.lastIndexOf('\n') + 1;
  for (const suffix of suffixes) {
    if (lastLine + suffix.length + 2 > lineWidth) {
      text += `,\n${' '.repeat(prefix.length)}${suffix}`;
      lastLine = prefix.length + suffix.length;
    } else {
      text += `, ${suffix}`;
      lastLine += suffix.length + 2;
    }
  }
  return `${text})`;
}
