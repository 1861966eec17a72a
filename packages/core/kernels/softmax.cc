// softmax, logSoftmax, their gradients, and logSumExp along the middle dimension of [outer, length, inner].
#include "columns.h"
#include "exponential.h"

namespace convgrad {

// Columns that are worked on together, so that a block of all their rows is likely to stay in the cache between the passes.
inline constexpr i32 softmaxBlock = 64;

template <class T>
inline Vector<T> partOr(const T* x, i32 count, T other) {
  return lanesBelow<T>(count) ? load(x) : splat(other);
}

template <class T>
inline T rowMaximum(const T* x, i32 count) {
  Vector<T> best = splat(static_cast<T>(-INFINITY));
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) best = maximumOrNaN(best, load(x + i));
  if (i < count) best = maximumOrNaN(best, partOr<T>(x + i, count - i, -INFINITY));
  T largest = best[0];
#pragma GCC unroll 16
  for (int lane = 1; lane < lanes<T>; ++lane) largest = maximumOrNaN(largest, static_cast<T>(best[lane]));
  return largest;
}

// What is subtracted before the exponential: the largest element, or 0 where that is infinite and would give NaN.
template <class T>
inline T finiteShift(T largest) { return largest - largest == 0 || largest != largest ? largest : 0; }

// y = f(x) along a row of vectors; x and y may be the same.
template <class T, class F>
inline void mapRow(T* y, i32 count, F f) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) store(y + i, f(i));
  if (i < count) storePart<T>(y + i, f(i), count - i);
}

template <class T>
void softmaxRow(SoftmaxOp op, const T* x, T* y, i32 count) {
  const T largest = rowMaximum(x, count);
  if (op == SoftmaxOp::logSoftmax) {
    const f64 sum = blockedSum<T>(count, [=](i32 i) { return vectorExp<T>(load(x + i) - largest); });
    const T logSum = static_cast<T>(std::log(sum));
    mapRow(y, count, [=](i32 i) { return (load(x + i) - largest) - logSum; });
    return;
  }
  mapRow(y, count, [=](i32 i) { return vectorExp<T>(load(x + i) - largest); });
  const T scale = static_cast<T>(1 / blockedSum<T>(count, [=](i32 i) { return load(y + i); }));
  mapRow(y, count, [=](i32 i) { return load(y + i) * scale; });
}

template <class T>
inline void columnMaxima(const T* x, i32 stride, i32 count, i32 width, T* largest) {
  for (i32 j = 0; j < width; j += lanes<T>) {
    Vector<T> best = splat(static_cast<T>(-INFINITY));
    for (i32 i = 0; i < count; ++i) best = maximumOrNaN(best, load(x + i * stride + j));
    store(largest + j, best);
  }
}

// sums[j] = the sum of term(i, j), a vector of the terms of row i from column j on; blocks of rows in T, their sums in float64.
template <class T, class F>
inline void blockedColumnSums(i32 count, i32 width, f64* sums, F term) {
  constexpr i32 rowBlock = 256;
  for (i32 j = 0; j < width; j += lanes<T>) {
    for (int lane = 0; lane < lanes<T>; ++lane) sums[j + lane] = 0;
    for (i32 start = 0; start < count; start += rowBlock) {
      const i32 end = minimum(count, start + rowBlock);
      Vector<T> block{};
      for (i32 i = start; i < end; ++i) block += term(i, j);
#pragma GCC unroll 16
      for (int lane = 0; lane < lanes<T>; ++lane) sums[j + lane] += block[lane];
    }
  }
}

template <class T>
void softmaxColumns(SoftmaxOp op, const T* x, T* y, i32 stride, i32 count, i32 width) {
  T largest[softmaxBlock + lanes<T>], factor[softmaxBlock + lanes<T>];
  f64 sums[softmaxBlock + lanes<T>];
  columnMaxima(x, stride, count, width, largest);
  const auto shifted = [&](i32 i, i32 j) { return load(x + i * stride + j) - load(largest + j); };
  if (op == SoftmaxOp::logSoftmax) {
    blockedColumnSums<T>(count, width, sums, [&](i32 i, i32 j) { return vectorExp<T>(shifted(i, j)); });
    for (i32 j = 0; j < width; ++j) factor[j] = static_cast<T>(std::log(sums[j]));
    for (i32 i = 0; i < count; ++i) {
      mapRow(y + i * stride, width, [&](i32 j) { return shifted(i, j) - load(factor + j); });
    }
    return;
  }
  for (i32 i = 0; i < count; ++i) {
    mapRow(y + i * stride, width, [&](i32 j) { return vectorExp<T>(shifted(i, j)); });
  }
  blockedColumnSums<T>(count, width, sums, [&](i32 i, i32 j) { return load(y + i * stride + j); });
  for (i32 j = 0; j < width; ++j) factor[j] = static_cast<T>(1 / sums[j]);
  for (i32 i = 0; i < count; ++i) {
    mapRow(y + i * stride, width, [&](i32 j) { return load(y + i * stride + j) * load(factor + j); });
  }
}

template <class T>
void softmax(const SoftmaxArgs<T>& args, Task task) {
  const SoftmaxOp op = static_cast<SoftmaxOp>(args.op);
  forEachColumnBlock(args.outer, 1, args.inner, softmaxBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const i32 first = o * args.length * args.inner + column;
    if (args.inner == 1) return softmaxRow<T>(op, args.x + first, args.y + first, args.length);
    softmaxColumns<T>(op, args.x + first, args.y + first, args.inner, args.length, width);
  });
}

template <class T>
void softmaxGradRow(SoftmaxOp op, const T* y, const T* g, T* dx, i32 count) {
  if (op == SoftmaxOp::logSoftmax) {
    const T sum = static_cast<T>(blockedSum<T>(count, [=](i32 i) { return load(g + i); }));
    mapRow(dx, count, [=](i32 i) { return load(g + i) - vectorExp<T>(load(y + i)) * sum; });
    return;
  }
  const T sum = static_cast<T>(blockedSum<T>(count, [=](i32 i) { return load(g + i) * load(y + i); }));
  mapRow(dx, count, [=](i32 i) { return load(y + i) * (load(g + i) - sum); });
}

template <class T>
void softmaxGradColumns(SoftmaxOp op, const T* y, const T* g, T* dx, i32 stride, i32 count, i32 width) {
  T sums[softmaxBlock + lanes<T>];
  f64 wide[softmaxBlock + lanes<T>];
  const bool isLog = op == SoftmaxOp::logSoftmax;
  blockedColumnSums<T>(count, width, wide, [=](i32 i, i32 j) {
    const Vector<T> gradient = load(g + i * stride + j);
    return isLog ? gradient : gradient * load(y + i * stride + j);
  });
  for (i32 j = 0; j < width; ++j) sums[j] = static_cast<T>(wide[j]);
  for (i32 i = 0; i < count; ++i) {
    mapRow(dx + i * stride, width, [&](i32 j) {
      const Vector<T> result = load(y + i * stride + j), gradient = load(g + i * stride + j);
      return isLog ? gradient - vectorExp<T>(result) * load(sums + j) : result * (gradient - load(sums + j));
    });
  }
}

template <class T>
void softmaxGrad(const SoftmaxGradArgs<T>& args, Task task) {
  const SoftmaxOp op = static_cast<SoftmaxOp>(args.op);
  forEachColumnBlock(args.outer, 1, args.inner, softmaxBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const i32 first = o * args.length * args.inner + column;
    const T *y = args.y + first, *g = args.gradOutput + first;
    T* dx = args.gradInput + first;
    if (args.inner == 1) return softmaxGradRow<T>(op, y, g, dx, args.length);
    softmaxGradColumns<T>(op, y, g, dx, args.inner, args.length, width);
  });
}

template <class T>
void logSumExp(const LogSumExpArgs<T>& args, Task task) {
  forEachColumnBlock(args.outer, 1, args.inner, softmaxBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const T* x = args.x + o * args.length * args.inner + column;
    T* y = args.y + o * args.inner + column;
    if (args.inner == 1) {
      const T shift = finiteShift(rowMaximum(x, args.length));
      *y = static_cast<T>(shift + std::log(blockedSum<T>(args.length, [=](i32 i) { return vectorExp<T>(load(x + i) - shift); })));
      return;
    }
    T shift[softmaxBlock + lanes<T>];
    f64 sums[softmaxBlock + lanes<T>];
    columnMaxima(x, args.inner, args.length, width, shift);
    for (i32 j = 0; j < width; ++j) shift[j] = finiteShift(shift[j]);
    const auto term = [&](i32 i, i32 j) { return vectorExp<T>(load(x + i * args.inner + j) - load(shift + j)); };
    blockedColumnSums<T>(args.length, width, sums, term);
    for (i32 j = 0; j < width; ++j) y[j] = static_cast<T>(shift[j] + std::log(sums[j]));
  });
}

}  // namespace convgrad
