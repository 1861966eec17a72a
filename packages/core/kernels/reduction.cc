// Sums, products and extremes along the middle dimension of [outer, length, inner], their positions, and running sums.
#include "run_sums.h"

namespace convgrad {

struct Sum {
  static constexpr f64 identity = 0;
  template <class V>
  V operator()(V a, V b) const { return a + b; }
};

struct Product {
  static constexpr f64 identity = 1;
  template <class V>
  V operator()(V a, V b) const { return a * b; }
};

struct Largest {
  static constexpr f64 identity = -INFINITY;
  template <class V>
  V operator()(V a, V b) const { return maximumOrNaN(a, b); }
};

struct Smallest {
  static constexpr f64 identity = INFINITY;
  template <class V>
  V operator()(V a, V b) const { return minimumOrNaN(a, b); }
};

// What an extreme starts from, and what a sum or product does.
template <class T, class F>
inline T startOf() {
  if constexpr (isFloat<T>) return static_cast<T>(F::identity);
  return F::identity < 0 ? INT32_MIN : F::identity > 1 ? INT32_MAX : static_cast<T>(F::identity);
}

// Blocks of terms are combined in T, and the blocks in float64 (exact for int32): what a long sum loses is lost in its blocks.
template <class T, class F>
f64 reduceRow(const T* x, i32 count, F f) {
  constexpr i32 step = lanes<T>;
  const Vector<T> start = splat(startOf<T, F>());
  f64 total = static_cast<f64>(startOf<T, F>());
  for (i32 first = 0; first < count; first += sumBlock) {
    const i32 end = minimum(count, first + sumBlock);
    Vector<T> a = start, b = start, c = start, d = start;
    i32 i = first;
    for (; i <= end - 4 * step; i += 4 * step) {
      a = f(a, load(x + i));
      b = f(b, load(x + i + step));
      c = f(c, load(x + i + 2 * step));
      d = f(d, load(x + i + 3 * step));
    }
    for (; i <= end - step; i += step) a = f(a, load(x + i));
    if (i < end) b = f(b, lanesBelow<T>(end - i) ? load(x + i) : start);
    const Vector<T> all = f(f(a, b), f(c, d));
    T block = all[0];
#pragma GCC unroll 16
    for (int lane = 1; lane < lanes<T>; ++lane) block = f(block, static_cast<T>(all[lane]));
    total = f(total, static_cast<f64>(block));
  }
  return total;
}

// The same for `width` neighbouring columns, rows apart by `stride`: four rows at a time go into a block's results.
template <class T, class F>
void reduceColumns(const T* x, i32 stride, i32 count, i32 width, T* y, F f) {
  constexpr i32 rowBlock = 256;
  T block[columnBlock + lanes<T>];
  f64 total[columnBlock];
  fillRow(total, static_cast<f64>(startOf<T, F>()), width);
  for (i32 first = 0; first < count; first += rowBlock) {
    const i32 end = minimum(count, first + rowBlock);
    fillRow(block, startOf<T, F>(), width);
    i32 i = first;
    for (; i <= end - 4; i += 4) {
      const T* row = x + i * stride;
      for (i32 j = 0; j < width; j += lanes<T>) {
        const Vector<T> a = f(load(row + j), load(row + stride + j));
        const Vector<T> b = f(load(row + 2 * stride + j), load(row + 3 * stride + j));
        store(block + j, f(load(block + j), f(a, b)));
      }
    }
    for (; i < end; ++i) {
      for (i32 j = 0; j < width; j += lanes<T>) store(block + j, f(load(block + j), load(x + i * stride + j)));
    }
    for (i32 j = 0; j < width; ++j) total[j] = f(total[j], static_cast<f64>(block[j]));
  }
  for (i32 j = 0; j < width; ++j) y[j] = static_cast<T>(total[j]);
}

template <class T, class F>
void reduceBy(const ReduceArgs<T>& args, Task task, F f) {
  forEachColumnBlock(args.outer, args.parts, args.inner, columnBlock, task, [&](i32 o, i32 part, i32 column, i32 width) {
    const i32 start = shareStart(args.length, part, args.parts);
    const i32 count = shareStart(args.length, part + 1, args.parts) - start;
    const T* x = args.x + (o * args.length + start) * args.inner + column;
    T* y = args.y + (o * args.parts + part) * args.inner + column;
    if (args.inner == 1) {
      *y = static_cast<T>(reduceRow<T>(x, count, f));
    } else {
      reduceColumns<T>(x, args.inner, count, width, y, f);
    }
  });
}

inline bool isInt32(i64 v) { return v == static_cast<i32>(v); }

// A product that is out of range stays so unless it meets a 0; it is kept at the nearest number that no factor brings back.
inline i64 boundedProduct(i64 a, i64 b) {
  constexpr i64 bound = (1ll << 31) + 1;
  return maximum(-bound, minimum(bound, a * b));
}

// Exact sums and products of int32: y is right, or `overflow` is set.
template <class F>
void reduceExactly(const ReduceArgs<i32>& args, Task task, i64 start, F f) {
  forEachColumnBlock(args.outer, 1, args.inner, columnBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const i32* x = args.x + o * args.length * args.inner + column;
    i32* y = args.y + o * args.inner + column;
    i64 totals[columnBlock];
    fillRow(totals, start, width);
    if (args.inner == 1) {
      i64 total = start;
      for (i32 i = 0; i < args.length; ++i) total = f(total, x[i]);
      totals[0] = total;
    } else {
      for (i32 i = 0; i < args.length; ++i, x += args.inner) {
        for (i32 j = 0; j < width; ++j) totals[j] = f(totals[j], x[j]);
      }
    }
    for (i32 j = 0; j < width; ++j) {
      y[j] = static_cast<i32>(totals[j]);
      if (!isInt32(totals[j])) *args.overflow = 1;
    }
  });
}

// Sums of whole rows.
template <class T>
void sumRows(const ReduceArgs<T>& args, Task task) {
  const i32 first = shareStart(args.outer, task.index, task.count), count = shareStart(args.outer, task.index + 1, task.count) - first;
  T* const y = args.y + first;
  sumRuns(args.x + first * args.length, args.length, count, args.length, [=](i32 i, T sum) { y[i] = sum; });
}

template <class T>
void reduce(const ReduceArgs<T>& args, Task task) {
  const ReduceOp op = static_cast<ReduceOp>(args.op);
  if (op == ReduceOp::max) return reduceBy(args, task, Largest{});
  if (op == ReduceOp::min) return reduceBy(args, task, Smallest{});
  if constexpr (isFloat<T>) {
    if (op == ReduceOp::sum && args.inner == 1 && args.parts == 1) return sumRows(args, task);
    if (op == ReduceOp::sum) return reduceBy(args, task, Sum{});
    reduceBy(args, task, Product{});
  } else {
    if (op == ReduceOp::sum) return reduceExactly(args, task, 0, [](i64 a, i64 b) { return a + b; });
    reduceExactly(args, task, 1, boundedProduct);
  }
}

// The extreme comes first, by vectors; then the first place that holds it.
template <class T, class F>
void argReduceRow(const T* x, i32 count, T* value, i32* index, F f) {
  const T best = static_cast<T>(reduceRow<T>(x, count, f));
  if (value != nullptr) *value = best;
  if (index == nullptr) return;
  i32 i = 0;
  if (best == best) {
    while (x[i] != best) ++i;
  } else {
    while (x[i] == x[i]) ++i;
  }
  *index = i;
}

template <class T, class Beats>
void argReduceColumns(const T* x, i32 stride, i32 count, i32 width, T* values, i32* indices, Beats beats) {
  using V = Vector<T>;
  using I = Vector<Integer<T>>;
  T best[columnBlock + lanes<T>];
  Integer<T> where[columnBlock + lanes<T>];
  copyRow(x, best, width);
  fillRow<Integer<T>>(where, 0, width);
  for (i32 i = 1; i < count; ++i) {
    x += stride;
    for (i32 j = 0; j < width; j += lanes<T>) {
      const V v = load(x + j), old = load(best + j);
      const I takes = beats(v, old) | ((v != v) & (old == old));
      store(best + j, takes ? v : old);
      store(where + j, takes ? splat<Integer<T>>(i) : load(where + j));
    }
  }
  for (i32 j = 0; j < width; ++j) {
    if (values != nullptr) values[j] = best[j];
    if (indices != nullptr) indices[j] = static_cast<i32>(where[j]);
  }
}

template <class T>
void argReduce(const ArgReduceArgs<T>& args, Task task) {
  const bool largest = static_cast<ArgReduceOp>(args.op) == ArgReduceOp::argmax;
  forEachColumnBlock(args.outer, 1, args.inner, columnBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const T* x = args.x + o * args.length * args.inner + column;
    const i32 first = o * args.inner + column;
    T* values = args.values ? args.values + first : nullptr;
    i32* indices = args.indices ? args.indices + first : nullptr;
    if (args.inner == 1) {
      if (largest) return argReduceRow(x, args.length, values, indices, Largest{});
      return argReduceRow(x, args.length, values, indices, Smallest{});
    }
    // A NaN that was found is not beaten: comparisons with it are false.
    if (largest) return argReduceColumns(x, args.inner, args.length, width, values, indices, [](auto a, auto b) { return a > b; });
    argReduceColumns(x, args.inner, args.length, width, values, indices, [](auto a, auto b) { return a < b; });
  });
}

template <class T>
struct WideOf { using type = f64; };
template <>
struct WideOf<i32> { using type = i64; };

template <class T>
void cumsum(const CumsumArgs<T>& args, Task task) {
  using Wide = typename WideOf<T>::type;
  forEachColumnBlock(args.outer, 1, args.inner, columnBlock, task, [&](i32 o, i32, i32 column, i32 width) {
    const i32 last = args.reverse != 0 ? args.length - 1 : 0;
    const i32 stride = args.reverse != 0 ? -args.inner : args.inner;
    const i32 first = (o * args.length + last) * args.inner + column;
    const T* x = args.x + first;
    T* y = args.y + first;
    bool overflow = false;
    if (args.inner == 1) {
      Wide total = 0;
      for (i32 i = 0; i < args.length; ++i, x += stride, y += stride) {
        total += *x;
        *y = static_cast<T>(total);
        if constexpr (!isFloat<T>) overflow |= !isInt32(total);
      }
      if (overflow) *args.overflow = 1;
      return;
    }
    Wide totals[columnBlock];
    fillRow<Wide>(totals, 0, width);
    for (i32 i = 0; i < args.length; ++i, x += stride, y += stride) {
      for (i32 j = 0; j < width; ++j) {
        totals[j] += x[j];
        y[j] = static_cast<T>(totals[j]);
        if constexpr (!isFloat<T>) overflow |= !isInt32(totals[j]);
      }
    }
    if (overflow) *args.overflow = 1;
  });
}

}  // namespace convgrad
