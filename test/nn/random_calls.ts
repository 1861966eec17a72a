import { ConvgradError, Tensor, tensor } from '@convgrad/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { expectClose } from './numbers.ts';

/**
 * Calls a function thousands of times, and fails unless each gives the right result, or a typed error where there is none.
 * `want` is null where the call must fail. Both must happen often.
 */
export function check<T>(
  calls: fc.Arbitrary<T>,
  numRuns: number,
  call: (args: T) => unknown,
  want: (args: T) => { readonly shape: readonly number[]; readonly data: readonly number[] } | null,
): void {
  let [right, refused] = [0, 0];
  const property = (args: T): void => {
    const expected = want(args);
    let result: unknown;
    try {
      result = call(args);
    } catch (error) {
      if (!(error instanceof ConvgradError)) throw error;
      expect(expected, `refused, and should not be: ${error.message}`).to.equal(null);
      expect(error.message, 'names the function').to.match(/^\w+: .{10}/);
      expect(error.message, 'names the number, or what came in its place').to.match(/ .*(\d|'|NaN|Infinity|null|object)/);
      refused++;
      return;
    }
    expect(expected, 'must be refused').not.to.equal(null);
    if (!(result instanceof Tensor) || expected === null) return;
    expectClose(result, tensor([...expected.data], { shape: [...expected.shape], dtype: 'float64' }));
    right++;
  };
  fc.assert(fc.property(calls, property), { seed: 20, numRuns });
  expect(right, 'right results').to.be.greaterThan(numRuns / 8);
  expect(refused, 'errors').to.be.greaterThan(numRuns / 8);
}

/** Shape of an image, null standing for no batch. */
export function imageShape(batch: number | null, channelCount: number, size: readonly number[]): number[] {
  return batch === null ? [channelCount, ...size] : [batch, channelCount, ...size];
}

/** The elements as numbers. */
export function numbers(x: Tensor): readonly number[] {
  return [...x.toTypedArray()];
}
