// How the kernels that work along the middle dimension of [outer, length, inner] cut their work, and sums in blocks.
#pragma once

#include "vectors.h"

namespace convgrad {

// Columns that are worked on together: their running results stay in the first-level cache. The wrappers count tasks by it.
inline constexpr i32 columnBlock = 256;

// Calls block(o, part, column, width) for the task's share of all rows (inner 1) or blocks of columns.
template <class F>
inline void forEachColumnBlock(i32 outer, i32 parts, i32 inner, i32 blockSize, Task task, F block) {
  const i32 blocks = (inner + blockSize - 1) / blockSize;
  const i32 units = outer * parts * blocks;
  const i32 end = shareStart(units, task.index + 1, task.count);
  for (i32 unit = shareStart(units, task.index, task.count); unit < end; ++unit) {
    const i32 column = unit % blocks * blockSize;
    const i32 row = unit / blocks;
    block(row / parts, row % parts, column, minimum(blockSize, inner - column));
  }
}

// Terms that are summed one after the other in T before their sum goes to a float64.
inline constexpr i32 sumBlock = 1024;

template <class T>
inline T lanesTotal(Vector<T> v) {
  T part[lanes<T>];
  store(part, v);
#pragma GCC unroll 4
  for (int width = lanes<T> / 2; width > 0; width /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < width; ++i) part[i] += part[i + width];
  }
  return part[0];
}

// The sum of term(i), a vector of the terms from i on, for i < count; terms behind the last are cut off. Blocks of at most
// `sumBlock` terms are summed by four vectors, and the blocks in float64.
template <class T, class F>
inline f64 blockedSum(i32 count, F term) {
  constexpr i32 step = lanes<T>;
  f64 total = 0;
  for (i32 start = 0; start < count; start += sumBlock) {
    const i32 end = minimum(count, start + sumBlock);
    Vector<T> sums[4] = {};
    i32 i = start;
    for (; i <= end - 4 * step; i += 4 * step) {
      sums[0] += term(i);
      sums[1] += term(i + step);
      sums[2] += term(i + 2 * step);
      sums[3] += term(i + 3 * step);
    }
    for (; i <= end - step; i += step) sums[0] += term(i);
    if (i < end) sums[1] += lanesBelow<T>(end - i) ? term(i) : Vector<T>{};
    total += lanesTotal<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  return total;
}

}  // namespace convgrad
