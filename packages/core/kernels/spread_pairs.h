// The gradient of max pooling by windows of two columns that lie side by side: each element of the image gets it once.
#pragma once

#include "pair_winners.h"
#include "strided_lanes.h"

namespace convgrad {

// The gradient of the lines that a row of windows sees. Whole vectors are written over the end of a line, which the next one writes over again:
// over the end of the last line, too.
template <class T, class Rows>
[[gnu::always_inline]] inline void spreadRow(const T* g, const u8* winners, T* line, Rows rows, i32 inWidth, i32 outWidth) {
  const auto put = [&](i32 kh, i32 ow, Vector<T> gradient, Vector<Integer<T>> tap) {
    const Vector<T> even = tap == splat<Integer<T>>(2 * kh) ? gradient : Vector<T>{};
    const Vector<T> odd = tap == splat<Integer<T>>(2 * kh + 1) ? gradient : Vector<T>{};
    T* const to = line + kh * inWidth + 2 * ow;
    store(to, alternateLow(even, odd, LaneSequence<T>{}));
    if (outWidth - ow > lanes<T> / 2) store(to + lanes<T>, alternateHigh(even, odd, LaneSequence<T>{}));
  };
  const auto tapsAt = [&](i32 ow) { return widenBytes<T>(winners + ow, LaneSequence<T>{}); };
  if (outWidth <= lanes<T>) {
    const Vector<T> gradient = load(g);
    const Vector<Integer<T>> tap = tapsAt(0);
    for (i32 kh = 0; kh < rows; ++kh) {
      put(kh, 0, gradient, tap);
      if (inWidth > 2 * outWidth) line[(kh + 1) * inWidth - 1] = 0;
    }
    return;
  }
  for (i32 kh = 0; kh < rows; ++kh) {
    for (i32 ow = 0; ow < outWidth; ow += lanes<T>) put(kh, ow, load(g + ow), tapsAt(ow));
    if (inWidth > 2 * outWidth) line[(kh + 1) * inWidth - 1] = 0;
  }
}

struct PairSizes {
  i32 inHeight, inWidth, outHeight, outWidth;
};

// The gradient of a plane of the image. Whole vectors are written as long as they end before `end`.
template <class T, class Rows>
[[gnu::always_inline]] inline void spreadPlane(const T* g, const u8* winners, T* line, const T* end, Rows rows, const PairSizes& pairs) {
  const i32 inWidth = pairs.inWidth, outWidth = pairs.outWidth, seen = rows * inWidth;
  for (i32 oh = 0; oh < pairs.outHeight; ++oh, g += outWidth, winners += outWidth, line += seen) {
    if (end - line >= seen + lanes<T>) [[likely]] {
      spreadRow<T>(g, winners, line, rows, inWidth, outWidth);
      continue;
    }
    fillRow<T>(line, 0, seen);
    for (i32 ow = 0; ow < outWidth; ++ow) {
      if (winners[ow] != nothing) line[(winners[ow] >> 1) * inWidth + 2 * ow + (winners[ow] & 1)] = g[ow];
    }
  }
  fillRow<T>(line, 0, (pairs.inHeight - rows * pairs.outHeight) * inWidth);
}

}  // namespace convgrad
