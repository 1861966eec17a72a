import { provideArithmetic } from '../autograd/engine.ts';
import { fill } from '../kernels/movement.ts';
import { writable } from '../memory/staging.ts';
import { clone } from './clone.ts';
import { addInto } from './inplace.ts';
import { plain, plainOutput } from './plain.ts';
import { add } from './pointwise/arithmetic.ts';

// The engine lies below the operations; this hands it the few it needs.
provideArithmetic({
  add,
  addInto,
  copy: clone,
  onesLike: (x) =>
    plain([], () => {
      const ones = plainOutput(x.shape, x.dtype);
      fill(x.dtype, writable(ones.storage), x.size, 1);
      return ones;
    }),
});
