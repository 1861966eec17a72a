import { backend, Generator, getNumThreads, ResourceError, randint, setNumThreads } from '@convgrad/core';
import { expect } from 'chai';
import { launch } from '../../../packages/core/src/kernels/launch.ts';
import { reserve, views } from '../../../packages/core/src/kernels/memory.ts';
import { operations } from '../../../packages/core/src/kernels/table/operations.ts';
import { everyone, repeatUntil } from './take_part.ts';

const launches = 100_000;
const longest = 4096;

describe('launches on several threads', () => {
  const usual = getNumThreads();
  after(() => setNumThreads(usual));

  it(`are all complete when they return: ${launches} small ones on 1 to 8 threads`, () => {
    const choices = randint(0, 1 << 30, [5000], { generator: new Generator(2) }).toTypedArray();
    let next = 0;
    const choose = (most: number): number => 1 + ((choices[next++ % choices.length] ?? 0) % most);
    const [x, y] = [reserve(4 * longest), reserve(4 * longest)];
    const square = operations.UnaryOp.indexOf('square');
    let wrong = 0;
    for (let round = 0; round < launches / 2; round++) {
      if (round % 500 === 0) setNumThreads(choose(8));
      const size = choose(longest);
      launch('fill', 'f32', { y: x, size, value: round % 4000 }, choose(40));
      launch('unary', 'f32', { op: square, x, y, size, lower: 0, upper: 0 }, choose(40));
      const numbers = views().f32;
      for (const i of [0, choose(size) - 1, size - 1]) {
        if (numbers[x / 4 + i] !== round % 4000 || numbers[y / 4 + i] !== (round % 4000) ** 2) wrong++;
      }
    }
    expect(wrong).to.equal(0);
  });

  // Native code has no bounds that it could fail at: it would end the process.
  if (backend() === 'wasm') {
    it('tell of a kernel that failed on another thread, and go on', () => {
      const count = 1 << 16;
      const [x, y, indices] = [reserve(4), reserve(4 * count), reserve(4 * count)];
      views().i32[x / 4] = 7;
      const last = (indices + 4 * (count - 1)) / 4;
      const pick = (): void => launch('indexSelect', 'i32', { x, indices, y, outer: 1, length: 1, inner: 1, count }, 64);
      repeatUntil(everyone, 3, pick);
      // An index that no memory reaches to: whoever takes the last task fails, often this thread.
      views().i32[last] = 1 << 29;
      const end = performance.now() + 50_000;
      const failures: unknown[] = [];
      while (!(failures.at(-1) instanceof ResourceError) && performance.now() < end) {
        try {
          pick();
          failures.push('no error');
        } catch (error) {
          failures.push(error);
        }
      }
      const failure = failures.pop();
      expect(failure).to.be.instanceOf(ResourceError);
      expect(failure).to.have.property('message', 'a kernel failed on a worker thread: its results are incomplete');
      for (const other of failures) expect(String(other)).to.equal('RuntimeError: memory access out of bounds');
      views().i32[last] = 0;
      views().i32.fill(0, y / 4, y / 4 + count);
      repeatUntil(everyone, 3, pick);
      expect(
        views()
          .i32.subarray(y / 4, y / 4 + count)
          .every((value) => value === 7),
      ).to.equal(true);
    });
  }

  it('reach memory that has only just grown', () => {
    setNumThreads(4);
    const bytes = 1 << 22;
    for (let round = 1; round <= 20; round++) {
      const y = reserve(bytes);
      launch('fill', 'u8', { y, size: bytes / 2, value: round }, 64);
      launch('copy', 'u8', { x: y, y: y + bytes / 2, rank: 1, shape: [bytes / 2], xStrides: [1], yStrides: [1] }, 64);
      const numbers = views().u8.subarray(y, y + bytes);
      expect(numbers.every((value) => value === round)).to.equal(true);
    }
  });
});
