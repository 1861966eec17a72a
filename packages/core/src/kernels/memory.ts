import { ResourceError } from '../errors.ts';
import { alignUp } from './align.ts';
import { runner } from './module.ts';
import { getNumThreads } from './threads/count.ts';
import { memory } from './wasm_memory.ts';

/** A byte offset into the one memory, what kernels call a pointer; 0 is none. */
export type Pointer = number;

/** Typed views of the whole memory. Index them by `pointer / BYTES_PER_ELEMENT`. */
export interface MemoryViews {
  readonly f32: Float32Array<SharedArrayBuffer>;
  readonly f64: Float64Array<SharedArrayBuffer>;
  readonly i32: Int32Array<SharedArrayBuffer>;
  readonly u8: Uint8Array<SharedArrayBuffer>;
}

const pageBytes = 65536;
const alignment = 64;
/** Kernels may read this far past the end of any buffer. */
const slackBytes = 512;
const growthPages = 256;

let current = createViews();
let highWater = alignUp(runner.heapBase, alignment);
let scratchPointer: Pointer = 0;
let scratchBytes = 0;

/** Views of the memory as large as it is now: take them late, older ones do not reach what was reserved since. */
export function views(): MemoryViews {
  return current;
}

/** Bytes in use from address 0 up: what was reserved is never given back. */
export function reservedBytes(): number {
  return highWater;
}

/**
 * Takes `bytes` of fresh, zeroed memory, aligned to 64 bytes, for good.
 *
 * @returns where they begin, or 0 where the memory cannot grow that far.
 */
export function reserve(bytes: number): Pointer {
  const start = highWater;
  const end = alignUp(start + bytes, alignment);
  if (!growTo(end + slackBytes)) {
    return 0;
  }
  highWater = end;
  return start;
}

/**
 * Working memory of one launch: at least `bytes` bytes with any content, valid until the next call.
 *
 * @throws ResourceError where the memory cannot grow that far.
 */
export function scratch(bytes: number): Pointer {
  if (bytes > scratchBytes) {
    growScratch(bytes);
  }
  return scratchPointer;
}

/** Threads that run the tasks of a launch: scratch memory is sized for so many. */
export function workerCount(): number {
  return getNumThreads();
}

// The last thing reserved grows where it is; else the old region is lost, so a new one is half as large again at least.
function growScratch(bytes: number): void {
  const isLast = scratchPointer !== 0 && scratchPointer + scratchBytes === highWater;
  const size = isLast ? alignUp(bytes, alignment) : alignUp(Math.max(bytes, 1.5 * scratchBytes), alignment);
  const start = reserve(isLast ? size - scratchBytes : size);
  if (start === 0) {
    throw new ResourceError(`a kernel needs ${bytes} bytes of working memory, and the memory cannot grow beyond ${highWater} bytes`);
  }
  scratchPointer = isLast ? scratchPointer : start;
  scratchBytes = size;
}

function growTo(bytes: number): boolean {
  const pages = Math.ceil(bytes / pageBytes) - current.u8.byteLength / pageBytes;
  if (pages > 0 && !growBy(Math.max(pages, growthPages)) && !growBy(pages)) {
    return false;
  }
  return true;
}

function growBy(pages: number): boolean {
  try {
    memory.grow(pages);
  } catch (error) {
    if (error instanceof RangeError) {
      return false;
    }
    throw error;
  }
  current = createViews();
  return true;
}

function createViews(): MemoryViews {
  const buffer = memory.buffer;
  return { f32: new Float32Array(buffer), f64: new Float64Array(buffer), i32: new Int32Array(buffer), u8: new Uint8Array(buffer) };
}
