import { Tensor } from '../autograd/graph.ts';
import { inspectSymbol } from '../printing/inspect_symbol.ts';
import { printTensor, summarizeTensor } from '../printing/print_tensor.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  interface Tensor {
    /** The tensor as PyTorch prints it; large ones in part. */
    toString(): string;
  }
}

attach({
  toString() {
    return printTensor(this);
  },
});

/** What console.log and the REPL show; a short line where `inspect` reached its depth. */
function inspectTensor(this: Tensor, depth: number): string {
  return depth < 0 ? summarizeTensor(this) : printTensor(this);
}

Object.defineProperty(Tensor.prototype, inspectSymbol, { value: inspectTensor, writable: true, configurable: true, enumerable: false });
