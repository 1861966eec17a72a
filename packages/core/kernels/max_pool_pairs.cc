// Max pooling by windows of two columns that lie side by side, without padding: every element of the image is read once, and gets its gradient
// once.
#include "columns.h"
#include "pool_pairs.h"
#include "spread_pairs.h"

namespace convgrad {

template <class T>
void maxPoolPairs(const MaxPoolPairsArgs<T>& args, Task task) {
  const i32 inPitch = args.inHeight * args.inWidth, outPitch = args.outHeight * args.outWidth;
  const PairPlanes<T> planes = {args.x,       args.y,        args.indices,   args.winners, args.kernelRows, args.inHeight,
                                args.inWidth, args.outHeight, args.outWidth, inPitch,      outPitch};
  const i32 first = shareStart(args.planes, task.index, task.count), end = shareStart(args.planes, task.index + 1, task.count);
  withStride(args.kernelRows, [&](auto rows) {
    using Rows = decltype(rows);
    const bool relu = args.relu != 0;
    if (planes.indices) return poolPairs<T, Kept::indices, false>(planes, first, end, rows);
    if (planes.winners) return (relu ? poolPairs<T, Kept::winners, true, Rows> : poolPairs<T, Kept::winners, false, Rows>)(planes, first, end, rows);
    (relu ? poolPairs<T, Kept::none, true, Rows> : poolPairs<T, Kept::none, false, Rows>)(planes, first, end, rows);
  });
}

template <class T>
void maxPoolPairsGrad(const MaxPoolPairsGradArgs<T>& args, Task task) {
  const PairSizes sizes = {args.inHeight, args.inWidth, args.outHeight, args.outWidth};
  const i32 inPlane = args.inHeight * args.inWidth, outPlane = args.outHeight * args.outWidth;
  const i32 first = shareStart(args.planes, task.index, task.count), last = shareStart(args.planes, task.index + 1, task.count);
  const T* const g = args.gradOutput;
  const u8* const winners = args.winners;
  T* const x = args.gradInput;
  withStride(args.kernelRows, [&](auto rows) {
    for (i32 plane = first; plane < last; ++plane) {
      spreadPlane<T>(g + plane * outPlane, winners + plane * outPlane, x + plane * inPlane, x + last * inPlane, rows, sizes);
    }
  });
}

template <class T>
void maxPoolPairsPick(const MaxPoolPairsPickArgs<T>& args, Task task) {
  const T* const x = args.x;
  T* const y = args.y;
  const u8* const winners = args.winners;
  const i32 inWidth = args.inWidth, first = shareStart(args.planes, task.index, task.count), end = shareStart(args.planes, task.index + 1, task.count);
  for (PairRows row(args, args.inHeight * inWidth, args.outHeight * args.outWidth, first, end); row.output < row.end; row.advance()) {
    for (i32 ow = 0; ow < row.outWidth; ++ow) {
      const i32 tap = winners[row.output + ow];
      y[row.output + ow] = tap == nothing ? 0 : x[row.line + (tap >> 1) * inWidth + 2 * ow + (tap & 1)];
    }
  }
}

// y[channel] = the sum of what the winners get in a channel of all images: of all that the gradient has but for windows without a winner.
// Some planes at a time in vectors, and those in float64.
template <class T>
void maxPoolPairsSum(const MaxPoolPairsSumArgs<T>& args, Task task) {
  const T* const g = args.gradOutput;
  const u8* const winners = args.winners;
  T* const y = args.y;
  const i32 length = args.length, planesTogether = maximum(1, sumBlock / length);
  const auto termsAt = [&](i32 place) __attribute__((always_inline)) {
    return widenBytes<T>(winners + place, LaneSequence<T>{}) == splat<Integer<T>>(nothing) ? Vector<T>{} : load(g + place);
  };
  const i32 end = shareStart(args.channels, task.index + 1, task.count);
  for (i32 channel = shareStart(args.channels, task.index, task.count); channel < end; ++channel) {
    f64 total = 0;
    for (i32 first = 0; first < args.batch; first += planesTogether) {
      if (length > sumBlock) {
        const i32 plane = (first * args.channels + channel) * length;
        total += blockedSum<T>(length, [&](i32 at) { return termsAt(plane + at); });
        continue;
      }
      Vector<T> sums[4] = {};
      const i32 whole = length / lanes<T> * lanes<T>;
      const auto isLast = lanesBelow<T>(length - whole);
      for (i32 n = first; n < minimum(first + planesTogether, args.batch); ++n) {
        const i32 plane = (n * args.channels + channel) * length;
        i32 at = 0;
        for (; at <= whole - 4 * lanes<T>; at += 4 * lanes<T>) {
          CONVGRAD_UNROLL
          for (i32 k = 0; k < 4; ++k) sums[k] += termsAt(plane + at + k * lanes<T>);
        }
        for (; at < whole; at += lanes<T>) sums[0] += termsAt(plane + at);
        if (at < length) sums[1] += isLast ? termsAt(plane + at) : Vector<T>{};
      }
      total += lanesTotal<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    y[channel] = static_cast<T>(total);
  }
}

}  // namespace convgrad
