import type { Tensor } from '../../autograd/graph.ts';
import { viewAs } from '../movement/view.ts';
import { broadcastShapes } from '../operands.ts';
import { ne } from '../pointwise/compare.ts';
import { expandTo } from '../reduction/sum.ts';
import { indexList } from './index_list.ts';
import { selectAlong } from './index_select.ts';

/**
 * The elements where the mask is not zero, in row-major order; x and mask broadcast.
 *
 * @returns shape [number of elements picked]
 * @throws ShapeError if they do not broadcast
 * @example maskedSelect(tensor([1, 2, 3]), tensor([true, false, true])) // [1, 3]
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  const marks = expandTo(mask.dtype === 'uint8' ? mask : ne(mask, 0), shape);
  marks.checkAlive();
  const numbers = marks.storage.current();
  const places = new Int32Array(numbers.length);
  let count = 0;
  for (let place = 0; place < numbers.length; place++) if (numbers[place] !== 0) places[count++] = place;
  return selectAlong(viewAs(expandTo(x, shape), [numbers.length]), 0, indexList(places.slice(0, count)));
}
