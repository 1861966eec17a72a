import { type BackwardOptions, backward } from '../autograd/backward.ts';
import { Tensor } from '../autograd/graph.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  interface Tensor {
    /** Adds the gradients by every leaf that the tensor depends on to their `.grad`; the cotangent of a scalar may be left out. See `backward`. */
    backward(gradOutput?: Tensor | null | BackwardOptions, options?: BackwardOptions): void;
  }
}

attach({
  backward(gradOutput = null, options = {}) {
    if (gradOutput === null || gradOutput instanceof Tensor) backward(this, gradOutput, options);
    else backward(this, null, gradOutput);
  },
});
