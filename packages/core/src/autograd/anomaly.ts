import { GradientError } from '../errors.ts';
import { printShape } from '../shape.ts';
import type { GraphNode, Tensor } from './graph.ts';

/** The stack above convgrad's own frames: where the user called. */
export function userStack(): string {
  const stack = new Error().stack ?? '';
  const here = import.meta.url.replace(/autograd\/anomaly\.[tj]s.*$/, '');
  const frames = stack.split('\n').slice(1);
  const outside = frames.filter((frame) => !frame.includes(here));
  return outside.join('\n');
}

/** Throws where a function made a NaN or an infinity. */
export function checkFinite(call: GraphNode, tensors: readonly (Tensor | null)[], pass: 'forward' | 'backward'): void {
  for (let index = 0; index < tensors.length; index++) {
    const tensor = tensors[index];
    if (tensor === null || tensor === undefined) continue;
    const numbers = tensor.storage.current();
    const position = numbers.findIndex((value: number) => !Number.isFinite(value));
    if (position < 0) continue;
    const what = pass === 'forward' ? 'its result' : `the gradient of its input ${index}`;
    throw new GradientError(
      `anomaly: the ${pass} of ${call.name} made ${numbers[position]} in ${what} of shape ${printShape(tensor.shape)} ` +
        `(flat index ${position}). It was called here:\n${call.stack ?? userStack()}`,
    );
  }
}
