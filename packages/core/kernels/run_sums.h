// Sums of runs of neighbouring numbers that are too short to be worth a sum over lanes each: four at a time.
#pragma once

#include "columns.h"
#include "lane_sums.h"

namespace convgrad {

// Terms of a run that one lane adds up in T, at most.
inline constexpr i32 laneTerms = 64;

// put(i, the sum of the `length` numbers from x + i * pitch on) for i < count. A run's sum is the same in whatever place it has among the others.
template <class T, class Put>
inline void sumRuns(const T* x, i32 pitch, i32 count, i32 length, Put put) {
  if constexpr (lanes<T> < 4) {
    for (i32 i = 0; i < count; ++i) put(i, static_cast<T>(blockedSum<T>(length, [=](i32 at) { return load(x + i * pitch + at); })));
  } else {
    if (length > laneTerms * lanes<T>) {
      for (i32 i = 0; i < count; ++i) put(i, static_cast<T>(blockedSum<T>(length, [=](i32 at) { return load(x + i * pitch + at); })));
      return;
    }
    const i32 whole = length / lanes<T> * lanes<T>;
    const auto isLast = lanesBelow<T>(length - whole);
    for (i32 first = 0; first < count; first += 4) {
      const T* run[4];
#pragma GCC unroll 4
      for (i32 r = 0; r < 4; ++r) run[r] = x + minimum(first + r, count - 1) * pitch;
      Vector<T> sums[4];
#pragma GCC unroll 4
      for (i32 r = 0; r < 4; ++r) sums[r] = isLast ? load(run[r] + whole) : Vector<T>{};
      for (i32 at = 0; at < whole; at += lanes<T>) {
#pragma GCC unroll 4
        for (i32 r = 0; r < 4; ++r) sums[r] += load(run[r] + at);
      }
      T lines[4 * lanes<T>];
#pragma GCC unroll 4
      for (i32 r = 0; r < 4; ++r) store(lines + r * lanes<T>, sums[r]);
      const Quad<T> totals = sumOfEach(lines, lanes<T>);
      const i32 left = minimum(4, count - first);
#pragma GCC unroll 4
      for (i32 r = 0; r < 4; ++r) {
        if (r < left) put(first + r, static_cast<T>(totals[r]));
      }
    }
  }
}

}  // namespace convgrad
