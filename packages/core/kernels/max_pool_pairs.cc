// Max pooling by windows of two columns that lie side by side, without padding: every element of the image is read once, and gets its gradient
// once. What a window took is kept as a byte, the number of its tap, or `nothing` where ReLU followed and let nothing through: all bits of it.
#include "micro_kernel.h"
#include "vectors.h"
#include "windows.h"

namespace convgrad {

inline constexpr i32 nothing = 255;

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
  for (i32 i = 0; i < room; ++i) p[i] = numbers[i];
}

// Bytes as integers as wide as T. From a conversion of vectors GCC makes one of every lane.
template <class T, int... i>
inline Vector<Integer<T>> widenBytes(const u8* p, std::integer_sequence<int, i...>) { return Vector<Integer<T>>{p[i]...}; }

// Rows of windows one after the other through all planes: the number of a row in its plane, and where its first line of the image and its
// outputs begin.
struct PairRows {
  i32 outHeight, outWidth, step, skip;  // from line to line that windows begin on, and from a plane's last to the next plane's first
  i32 number = 0, line, output;

  template <class Args>
  PairRows(const Args& args, i32 plane)
      : outHeight(args.outHeight),
        outWidth(args.outWidth),
        step(args.kernelRows * args.inWidth),
        skip(args.inHeight * args.inWidth - (args.outHeight - 1) * step),
        line(plane * args.inHeight * args.inWidth),
        output(plane * args.outHeight * args.outWidth) {}

  void advance() {
    output += outWidth;
    if (++number < outHeight) {
      line += step;
    } else {
      number = 0;
      line += skip;
    }
  }
};

template <class T>
struct PairWinners {
  Vector<T> values;
  Vector<Integer<T>> taps;
};

// What a vector of windows takes: half of them see lines from a on, half of them lines from b on.
template <class T, class Rows>
[[gnu::always_inline]] inline PairWinners<T> largestOfPairs(const T* a, const T* b, Rows rows, i32 inWidth) {
  Vector<T> best{};
  Vector<Integer<T>> tap{};
  for (i32 kh = 0; kh < rows; ++kh, a += inWidth, b += inWidth) {
    Vector<T> left = load(a), right = load(b);
#if !defined(__clang__)
    // GCC would read each a second time for the second selection.
    pin<T>(left);
    pin<T>(right);
#endif
    const Vector<T> even = evenElements(left, right, LaneSequence<T>{}), odd = oddElements(left, right, LaneSequence<T>{});
    // PyTorch's rule: what is larger takes the place, and so does every NaN.
    const Vector<Integer<T>> oddTakes = (odd > even) | (odd != odd);
    const Vector<T> larger = oddTakes ? odd : even;
    const Vector<Integer<T>> largerTap = splat<Integer<T>>(2 * kh) - oddTakes;
    if (kh == 0) {
      best = larger;
      tap = largerTap;
    } else {
      const Vector<Integer<T>> takes = (larger > best) | (larger != larger);
      best = takes ? larger : best;
      tap = takes ? largerTap : tap;
    }
  }
  return {best, tap};
}

// What is kept of the places besides the numbers.
enum class Kept { none, winners, indices };

template <class T, Kept kept, bool relu, class Rows>
void poolPairs(const MaxPoolPairsArgs<T>& args, Task task, Rows rows) {
  using I = Vector<Integer<T>>;
  const T* const x = args.x;
  T* const y = args.y;
  i32* const indices = args.indices;
  u8* const winners = args.winners;
  const i32 inWidth = args.inWidth, outWidth = args.outWidth;

  // Half the windows begin at a, half of them at b; `placeA` and `placeB` are those places in their planes. put(p, numbers) stores where they belong.
  const auto block = [&](i32 a, i32 b, i32 placeA, i32 placeB, auto put) __attribute__((always_inline)) {
    auto [best, tap] = largestOfPairs<T>(x + a, x + b, rows, inWidth);
    if constexpr (relu) {
      tap |= isRectified<T>(best);
      best = rectified<T>(best);
    }
    put(y, lanesAs<T>(best));
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

  const i32 end = shareStart(args.planes, task.index + 1, task.count) * args.outHeight * outWidth;
  PairRows row(args, shareStart(args.planes, task.index, task.count));
  if (outWidth > lanes<T> / 2) {
    for (; row.output < end; row.advance()) {
      for (i32 ow = 0; ow < outWidth; ow += lanes<T>) {
        const i32 line = row.line + 2 * ow, place = row.number * row.step + 2 * ow, output = row.output + ow;
        block(line, line + lanes<T>, place, place + lanes<T>, [&](auto* p, auto numbers) { storeLanes(p + output, numbers, end - output); });
      }
    }
    return;
  }
  // Rows that fill no more than half a vector go two at a time.
  while (row.output < end) {
    const i32 a = row.line, placeA = row.number * row.step, outputA = row.output;
    if (outputA + outWidth < end) row.advance();
    const i32 outputB = row.output;
    block(a, row.line, placeA, row.number * row.step, [&](auto* p, auto numbers) {
      storeLanes(p + outputA, lowHalf(numbers, HalfSequence<T>{}), end - outputA);
      storeLanes(p + outputB, highHalf(numbers, HalfSequence<T>{}), end - outputB);
    });
    row.advance();
  }
}

template <class T>
void maxPoolPairs(const MaxPoolPairsArgs<T>& args, Task task) {
  withStride(args.kernelRows, [&](auto rows) {
    const bool relu = args.relu != 0;
    if (args.indices) return poolPairs<T, Kept::indices, false>(args, task, rows);
    if (args.winners) return (relu ? poolPairs<T, Kept::winners, true, decltype(rows)> : poolPairs<T, Kept::winners, false, decltype(rows)>)(args, task, rows);
    (relu ? poolPairs<T, Kept::none, true, decltype(rows)> : poolPairs<T, Kept::none, false, decltype(rows)>)(args, task, rows);
  });
}

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

template <class T, class Rows>
void spreadPairs(const MaxPoolPairsGradArgs<T>& args, Task task, Rows rows) {
  const i32 inWidth = args.inWidth, outWidth = args.outWidth, outHeight = args.outHeight, unseen = (args.inHeight - rows * outHeight) * inWidth;
  const i32 first = shareStart(args.planes, task.index, task.count), last = shareStart(args.planes, task.index + 1, task.count);
  const T* g = args.gradOutput + first * outHeight * outWidth;
  const u8* winners = args.winners + first * outHeight * outWidth;
  T* line = args.gradInput + first * args.inHeight * inWidth;
  T* const end = args.gradInput + last * args.inHeight * inWidth;
  const i32 seen = rows * inWidth;
  for (i32 plane = first; plane < last; ++plane) {
    for (i32 oh = 0; oh < outHeight; ++oh, g += outWidth, winners += outWidth, line += seen) {
      if (end - line >= seen + lanes<T>) [[likely]] {
        spreadRow<T>(g, winners, line, rows, inWidth, outWidth);
        continue;
      }
      fillRow<T>(line, 0, seen);
      for (i32 ow = 0; ow < outWidth; ++ow) {
        if (winners[ow] != nothing) line[(winners[ow] >> 1) * inWidth + 2 * ow + (winners[ow] & 1)] = g[ow];
      }
    }
    fillRow<T>(line, 0, unseen);
    line += unseen;
  }
}

template <class T>
void maxPoolPairsGrad(const MaxPoolPairsGradArgs<T>& args, Task task) {
  withStride(args.kernelRows, [&](auto rows) { spreadPairs<T>(args, task, rows); });
}

template <class T>
void maxPoolPairsPick(const MaxPoolPairsPickArgs<T>& args, Task task) {
  const T* const x = args.x;
  T* const y = args.y;
  const u8* const winners = args.winners;
  const i32 inWidth = args.inWidth, end = shareStart(args.planes, task.index + 1, task.count) * args.outHeight * args.outWidth;
  for (PairRows row(args, shareStart(args.planes, task.index, task.count)); row.output < end; row.advance()) {
    for (i32 ow = 0; ow < row.outWidth; ++ow) {
      const i32 tap = winners[row.output + ow];
      y[row.output + ow] = tap == nothing ? 0 : x[row.line + (tap >> 1) * inWidth + 2 * ow + (tap & 1)];
    }
  }
}

}  // namespace convgrad
