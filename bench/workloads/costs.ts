import { type Shape, sizeOf } from '@convgrad/core';
import { summary } from '@convgrad/nn';
import { layers } from './layers.ts';
import { layerNames, netSize, type Task } from './names.ts';
import { makeNet } from './nets.ts';

/** The least that a task can do: multiply-adds of the direct algorithm, and bytes that it must read and write. */
export interface Cost {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

const bytesPerNumber = 4;

/**
 * A layer reads its leaves and writes its output; backward it reads the leaves and the output's gradient, and writes a gradient for each
 * leaf, with one product for the input and one for the weight. What lies between two convolutions of a layer could stay in the cache.
 */
export function costOf({ workload, pass }: Task): Cost {
  const size = netSize(workload);
  if (size !== null) return netCost(workload, pass === 'step');
  const name = layerNames.find((known) => known === workload);
  if (name === undefined) throw new RangeError(`there is no workload '${workload}'`);
  const { leaves, output, multiplyAdds } = layers[name];
  const read = leaves.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const written = sizeOf(output);
  if (pass === 'forward') return { multiplyAdds, bytes: bytesPerNumber * (read + written) };
  return { multiplyAdds: 3 * multiplyAdds, bytes: bytesPerNumber * (3 * read + 2 * written) };
}

/** Numbers that Adam reads of each parameter (value, gradient, two moments) and writes (value, two moments). */
const adamTraffic = 7;
/** They can be computed in place, or are only another view. */
const free = new Set(['ReLU', 'Flatten', 'Sequential']);

/**
 * Every layer but ReLU writes its activations and the next one reads them. Backward, activations are read once more, and their gradients
 * written and read; parameters are read, and their gradients written. The first layer's input needs no gradient.
 */
function netCost(workload: string, step: boolean): Cost {
  const size = netSize(workload);
  if (size === null) throw new RangeError(`there is no net '${workload}'`);
  const image: Shape = [1, 1, size.side, size.side];
  const { layers: calls, parameters, multiplyAdds: ofOne } = summary(makeNet(size), image);
  const activationsOfOne = calls.filter(({ type }) => !free.has(type)).reduce((sum, call) => sum + call.activationBytes, 0);
  const multiplyAdds = size.batch * ofOne;
  const activations = size.batch * activationsOfOne;
  const weights = bytesPerNumber * parameters;
  const images = size.batch * bytesPerNumber * sizeOf(image);
  const bytes = images + 2 * activations + weights;
  if (!step) return { multiplyAdds, bytes };
  const first = calls.find((call) => call.multiplyAdds !== null && call.type !== 'Sequential')?.multiplyAdds ?? 0;
  return {
    multiplyAdds: 3 * multiplyAdds - size.batch * first,
    bytes: bytes + images + 3 * activations + 2 * weights + adamTraffic * weights,
  };
}
