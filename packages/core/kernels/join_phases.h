// Rows of a result put together from the rows of its phases.
#pragma once

#include "quads.h"

namespace convgrad {

// y[i * step + phase] = rows[phase][i]; may read a quad over the ends of the rows.
template <class T>
void joinPhases(T* y, const T* const* rows, const i32* widths, i32 step) {
  const i32 count = widths[0] + (step == 2 ? widths[1] : 0);
  if (step != 2 || count < 4) {
    for (i32 phase = 0; phase < step; ++phase) {
      for (i32 i = 0; i < widths[phase]; ++i) y[i * step + phase] = rows[phase][i];
    }
    return;
  }
  i32 i = 0;
  for (; i + 8 <= count; i += 8) {
    const Quad<T> even = loadQuad(rows[0] + i / 2), odd = loadQuad(rows[1] + i / 2);
    storeQuad(y + i, __builtin_shufflevector(even, odd, 0, 4, 1, 5));
    storeQuad(y + i + 4, __builtin_shufflevector(even, odd, 2, 6, 3, 7));
  }
  // The last quad lies over the one before it.
  for (; i < count; i += 4) {
    const i32 first = minimum(i, count - 4);
    const Quad<T> left = loadQuad(rows[first % 2] + first / 2), right = loadQuad(rows[1 - first % 2] + (first + 1) / 2);
    storeQuad(y + first, __builtin_shufflevector(left, right, 0, 4, 1, 5));
  }
}

}  // namespace convgrad
