import type { Tensor } from '@convgrad/core';
import * as core from '@convgrad/core';
import { type ProofCase, sample } from './case.ts';

const x = () => sample(51, [2, 3, 4]);
const y = () => sample(52, [2, 3, 4]);

function one(what: string, f: (...inputs: Tensor[]) => Tensor | readonly Tensor[], inputs: readonly Tensor[] = [x()]): ProofCase {
  return { what, f, inputs };
}

/** Proof cases of what moves numbers without changing them. */
export const movement: Readonly<Record<string, readonly ProofCase[]>> = {
  reshape: [one('another shape', (a) => core.reshape(a, [4, -1]))],
  viewAs: [one('another shape', (a) => core.viewAs(a, [4, 6]))],
  flatten: [one('from the second dimension', (a) => core.flatten(a, 1))],
  squeeze: [one('lengths of 1', (a) => core.squeeze(a), [sample(53, [1, 3, 1])])],
  unsqueeze: [one('in the middle', (a) => core.unsqueeze(a, 1))],
  permute: [one('all dimensions', (a) => core.permute(a, [2, 0, 1]))],
  transpose: [one('two dimensions', (a) => core.transpose(a, 0, -1))],
  t: [one('a matrix', (a) => core.t(a), [sample(54, [2, 3])])],
  movedim: [one('the last to the front', (a) => core.movedim(a, -1, 0))],
  cat: [
    one('along the middle', (a, b) => core.cat([a, b], 1), [x(), sample(55, [2, 1, 4])]),
    one('with an empty one', (a, b) => core.cat([a, b], 1), [x(), sample(55, [2, 0, 4])]),
  ],
  stack: [one('a new last dimension', (a, b) => core.stack([a, b], -1), [x(), y()])],
  split: [one('unequal parts', (a) => core.split(a, [1, 3], 2))],
  chunk: [one('two chunks of three', (a) => core.chunk(a, 2, 1))],
  unbind: [one('the middle', (a) => core.unbind(a, 1))],
  narrow: [one('a part', (a) => core.narrow(a, 2, 1, 2))],
  select: [one('one from the end', (a) => core.select(a, 1, -1))],
  slice: [one('with a step', (a) => core.slice(a, 2, 0, 4, 2)), one('backwards', (a) => core.slice(a, 2, -1, null, -2))],
  index: [one('numbers and ranges', (a) => core.index(a, 1, { start: 0, end: 3, step: 2 })), one('from the end', (a) => core.index(a, -1))],
  flip: [one('two dimensions', (a) => core.flip(a, [0, 2]))],
  roll: [one('two dimensions', (a) => core.roll(a, [1, -2], [0, 2])), one('the flattened tensor', (a) => core.roll(a, 5))],
  repeat: [one('with a new dimension', (a) => core.repeat(a, [2, 1, 2, 1]))],
  tile: [one('the last dimension', (a) => core.tile(a, [2]))],
  tril: [one('below the diagonal', (a) => core.tril(a, -1))],
  triu: [one('above the diagonal', (a) => core.triu(a, 1))],
  pad: [
    one('constant', (a) => core.pad(a, [1, 2, 0, 1], { value: 3 })),
    one('cropped', (a) => core.pad(a, [-1, 1])),
    one('reflect', (a) => core.pad(a, [2, 1], { mode: 'reflect' })),
    one('replicate', (a) => core.pad(a, [2, 1], { mode: 'replicate' })),
    one('circular', (a) => core.pad(a, [2, 1], { mode: 'circular' })),
  ],
  clone: [one('a copy', (a) => core.clone(a))],
  cast: [one('the same dtype', (a) => core.cast(a.mul(1), a.dtype))],
};
