import { expect } from 'chai';
import { getNumThreads, setNumThreads } from '../../../packages/core/src/kernels/threads/count.ts';

/** What `compute` returns is the same to the bit on 1, 2, 3 and 8 threads. */
export function expectSameOnAnyThreads(compute: () => unknown, what: string): void {
  const usual = getNumThreads();
  const on = (threads: number): unknown => {
    setNumThreads(threads);
    return compute();
  };
  try {
    const alone = on(1);
    for (const threads of [2, 3, 8]) expect(on(threads), `${what} on ${threads} threads`).to.deep.equal(alone);
  } finally {
    setNumThreads(usual);
  }
}
