import { Region } from '../memory/placement.ts';
import { Tensor } from './graph.ts';
import { refusePromise, withMode } from './mode.ts';

/**
 * The fast way to evaluate: runs `body` without recording, in memory that is recycled when it ends, also by an exception. The tensors that
 * it returns survive (those in arrays, plain objects, maps and sets are found), and so do small results and what was kept.
 *
 * @throws ArgumentError if `body` returns a promise
 * @example const correct = inferenceMode(() => model.forward(images).argmax(1).eq(labels).sum().item());
 */
export function inferenceMode<T>(body: () => T): T {
  const region = Region.open('inferenceMode');
  try {
    const result = withMode('inferenceMode', { recording: false }, body);
    for (const tensor of tensorsIn(refusePromise('inferenceMode', result))) {
      if (region.owns(tensor.storage)) tensor.storage.moveToArray();
    }
    return result;
  } finally {
    region.close();
  }
}

/**
 * The tensors in nested arrays, plain objects, maps and sets.
 *
 * @example tensorsIn({ scores: [zeros([2]), 'text'], loss: ones([]) }).length // 2
 */
export function tensorsIn(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  const seen = new Set<unknown>();
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Tensor) found.push(next);
    else if (Array.isArray(next) || next instanceof Set) pending.push(...next);
    else if (next instanceof Map) pending.push(...next.keys(), ...next.values());
    else if (isPlainObject(next)) pending.push(...Object.values(next));
  }
  return found;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
