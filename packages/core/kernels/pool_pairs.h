// Max pooling by windows of two columns that lie side by side, without padding: every element of the image is read once.
#pragma once

#include "micro_kernel.h"
#include "pair_winners.h"
#include "strided_lanes.h"

namespace convgrad {

template <class T>
using HalfSequence = std::make_integer_sequence<int, lanes<T> / 2>;
template <class V, int... i>
inline auto lowHalf(V v, std::integer_sequence<int, i...>) { return __builtin_shufflevector(v, v, i...); }
template <class V, int... i>
inline auto highHalf(V v, std::integer_sequence<int, i...>) { return __builtin_shufflevector(v, v, i + static_cast<int>(sizeof...(i))...); }

// A vector's lanes as numbers of another type.
template <class Number, class V>
inline auto lanesAs(V v) {
  typedef Number Numbers __attribute__((vector_size(sizeof(v) / sizeof(v[0]) * sizeof(Number)), aligned(alignof(Number)), may_alias));
  return __builtin_convertvector(v, Numbers);
}

// Stores the first `room` lanes of a vector of any length.
template <class Number, class V>
[[gnu::always_inline]] inline void storeLanes(Number* p, V v, i32 room) {
  constexpr i32 size = sizeof(V) / sizeof(Number);
  typedef Number Numbers __attribute__((vector_size(sizeof(V)), aligned(alignof(Number)), may_alias));
  if (room >= size) [[likely]] {
    *reinterpret_cast<Numbers*>(p) = v;
    return;
  }
  Number numbers[size];
  *reinterpret_cast<Numbers*>(numbers) = v;
  i32 at = 0;
#pragma GCC unroll 8
  for (i32 part = size / 2; part > 0; part /= 2) {
    if (!(room & part)) continue;
    std::memcpy(p + at, numbers + at, part * sizeof(Number));
    at += part;
  }
}

// Planes of an image and of what is left of it, which lie inPitch and outPitch apart.
template <class T>
struct PairPlanes {
  const T* x;
  T* y;
  i32* indices;
  u8* winners;
  i32 kernelRows, inHeight, inWidth, outHeight, outWidth, inPitch, outPitch;
};

// Rows of windows one after the other through planes: the number of a row in its plane, and where its first line of the image and its
// outputs begin. Nothing may be written from `limit` on: the end of what the planes leave, or, where that does not lie side by side, of one's.
struct PairRows {
  i32 outHeight, outWidth, outputs;
  i32 step, skip, outSkip;  // from line to line that windows begin on, and from a plane's last to the next plane's first
  i32 end, limit;
  i32 number = 0, line, output;

  template <class Planes>
  PairRows(const Planes& planes, i32 inPitch, i32 outPitch, i32 firstPlane, i32 endPlane)
      : outHeight(planes.outHeight),
        outWidth(planes.outWidth),
        outputs(outHeight * outWidth),
        step(planes.kernelRows * planes.inWidth),
        skip(inPitch - (outHeight - 1) * step),
        outSkip(outPitch - outputs),
        end(endPlane * outPitch - outSkip),
        limit(outSkip == 0 ? end : firstPlane * outPitch + outputs),
        line(firstPlane * inPitch),
        output(firstPlane * outPitch) {}

  void advance() {
    output += outWidth;
    if (++number < outHeight) {
      line += step;
      return;
    }
    number = 0;
    line += skip;
    if (outSkip > 0) {
      output += outSkip;
      limit = output + outputs;
    }
  }
};

// What a vector of windows takes: half of them see lines from a on, half of them lines from b on.
template <class T, class Rows>
[[gnu::always_inline]] inline PairWinners<T> largestOfPairs(const T* a, const T* b, Rows rows, i32 inWidth) {
  PairWinners<T> best = {};
  for (i32 kh = 0; kh < rows; ++kh, a += inWidth, b += inWidth) {
    Vector<T> left = load(a), right = load(b);
#if !defined(__clang__)
    // GCC would read each a second time for the second selection.
    pin<T>(left);
    pin<T>(right);
#endif
    const Vector<T> even = evenElements(left, right, LaneSequence<T>{}), odd = oddElements(left, right, LaneSequence<T>{});
    const PairWinners<T> row = winnersOfRow<T>(even, odd, kh);
    if (kh == 0) best = row;
    else takeLarger<T>(best, row);
  }
  return best;
}

// What is kept of the places besides the numbers.
enum class Kept { none, winners, indices };

// Planes [firstPlane, endPlane). Nothing is written behind what is left of them.
template <class T, Kept kept, bool relu, class Rows>
void poolPairs(const PairPlanes<T>& planes, i32 firstPlane, i32 endPlane, Rows rows) {
  using I = Vector<Integer<T>>;
  const T* const x = planes.x;
  T* const y = planes.y;
  i32* const indices = planes.indices;
  u8* const winners = planes.winners;
  const i32 inWidth = planes.inWidth, outWidth = planes.outWidth;

  // Half the windows begin at a, half of them at b; `placeA` and `placeB` are those places in their planes. put(p, numbers) stores where they belong.
  const auto block = [&](i32 a, i32 b, i32 placeA, i32 placeB, auto put) __attribute__((always_inline)) {
    PairWinners<T> best = largestOfPairs<T>(x + a, x + b, rows, inWidth);
    if constexpr (relu) rectify<T>(best);
    Vector<Integer<T>> tap = best.taps;
    put(y, lanesAs<T>(best.values));
    if constexpr (kept == Kept::winners) {
#if defined(__clang__)
      // Else clang makes bytes of every term of it.
      pin<Integer<T>>(tap);
#endif
      put(winners, lanesAs<u8>(tap));
    }
    if constexpr (kept == Kept::indices) {
      const I lane = strideLanes<T>(2);
      const I first = lane < splat<Integer<T>>(lanes<T>) ? lane + static_cast<Integer<T>>(placeA)
                                                         : lane + static_cast<Integer<T>>(placeB - lanes<T>);
      put(indices, lanesAs<i32>(first + (tap >> 1) * static_cast<Integer<T>>(inWidth) + (tap & 1)));
    }
  };

  PairRows row(planes, planes.inPitch, planes.outPitch, firstPlane, endPlane);
  if (outWidth > lanes<T> / 2) {
    for (; row.output < row.end; row.advance()) {
      for (i32 ow = 0; ow < outWidth; ow += lanes<T>) {
        const i32 line = row.line + 2 * ow, place = row.number * row.step + 2 * ow, output = row.output + ow;
        block(line, line + lanes<T>, place, place + lanes<T>, [&](auto* p, auto numbers) { storeLanes(p + output, numbers, row.limit - output); });
      }
    }
    return;
  }
  // Rows that fill no more than half a vector go two at a time.
  while (row.output < row.end) {
    const i32 a = row.line, placeA = row.number * row.step, outputA = row.output, roomA = row.limit - outputA;
    if (outputA + outWidth < row.end) row.advance();
    const i32 outputB = row.output;
    block(a, row.line, placeA, row.number * row.step, [&](auto* p, auto numbers) {
      storeLanes(p + outputA, lowHalf(numbers, HalfSequence<T>{}), roomA);
      storeLanes(p + outputB, highHalf(numbers, HalfSequence<T>{}), row.limit - outputB);
    });
    row.advance();
  }
}

}  // namespace convgrad
