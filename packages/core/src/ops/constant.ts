import { Tensor } from '../autograd/graph.ts';
import type { DType } from '../kernels/dtype.ts';
import { persistentStorage } from '../memory/placement.ts';

/** Constants kept; beyond that the oldest is dropped. */
const capacity = 512;

const constants: Record<DType, Map<number, Tensor>> = { float32: new Map(), float64: new Map(), int32: new Map(), uint8: new Map() };

/** A scalar tensor of a number, for use inside operations: kept for the next time, never to be given to a user. */
export function constant(value: number, dtype: DType): Tensor {
  const known = constants[dtype].get(value);
  // A map takes 0 and -0 for one key.
  if (known !== undefined && !Object.is(value, -0)) return known;
  const storage = persistentStorage(dtype, 1);
  storage.current()[0] = value;
  const created = new Tensor(storage, []);
  if (Object.is(value, -0)) return created;
  const kept = constants[dtype];
  if (kept.size >= capacity) for (const oldest of kept.keys()) return replace(kept, oldest, value, created);
  kept.set(value, created);
  return created;
}

function replace(kept: Map<number, Tensor>, oldest: number, value: number, created: Tensor): Tensor {
  kept.delete(oldest);
  kept.set(value, created);
  return created;
}
