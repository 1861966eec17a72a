// Register tiles: the innermost loops of every matrix product and convolution.
//
// An outer tile keeps `rows` x `vectors` accumulators and adds the outer product of one packed column of A and one line of B a
// step. A dot tile keeps `rows` x `columns` vectors of partial sums over two sets of rows that both run along the summed
// dimension, so it needs no packing at all.
//
// V8 has 15 usable vector registers and one spilled accumulator halves the speed, hence the pins: an empty asm that takes a value
// in and out keeps clang from hoisting loads over it, and, on a pointer, keeps loop strength reduction from hiding that constant
// offsets cannot wrap, without which each of them costs an instruction. Where a step's loads fit beside the accumulators the loop
// is unrolled with an exit after each step; elsewhere V8 would hoist the second step's loads into spills. V8 also unrolls nested
// loops, and places a loop's arithmetic in the order in which the sums are stored behind it, or backwards where something is added
// to them before: so a tile is one loop without branches, then stores in that order, and nothing else; what else becomes of the
// sums is another function's work.
#pragma once

#include "kernel.h"

namespace convgrad {

#if defined(__wasm__)
#define CONVGRAD_VECTOR_REGISTER "+r"
inline constexpr i32 vectorRegisters = 15;
#elif defined(__aarch64__)
#define CONVGRAD_VECTOR_REGISTER "+w"
inline constexpr i32 vectorRegisters = 32;
#elif defined(__AVX512F__)
#define CONVGRAD_VECTOR_REGISTER "+v"
inline constexpr i32 vectorRegisters = 32;
#else
#define CONVGRAD_VECTOR_REGISTER "+x"
inline constexpr i32 vectorRegisters = 16;
#endif

// Before a loop of few, constant rounds, whose array of vectors is to live in registers.
#if defined(__clang__)
#define CONVGRAD_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CONVGRAD_UNROLL _Pragma("GCC unroll 64")
#endif

template <class T>
inline void pin(Vector<T>& value) { asm volatile("" : CONVGRAD_VECTOR_REGISTER(value) : : "memory"); }
// A product by itself: of two that are added, compilers take now one and now the other into the instruction that adds.
template <class T>
inline Vector<T> rounded(Vector<T> product) {
  asm("" : CONVGRAD_VECTOR_REGISTER(product));
  return product;
}
template <class T>
inline void pinPointer(const T*& pointer) { asm volatile("" : "+r"(pointer)); }

// Where V8 fuses multiply and add no register need be free for a product.
#if defined(__wasm_relaxed_simd__)
inline constexpr i32 productRegisters = 0;
#else
inline constexpr i32 productRegisters = 1;
#endif

// Rows of the tallest outer tile, and the vectors that fit beside accumulators, one broadcast and the product; not so many that a tile
// could read farther past the end of a buffer than 64 floats.
inline constexpr i32 tallestTile = vectorBytes > 32 ? 8 : vectorBytes > 16 || productRegisters == 0 ? 6 : 5;
constexpr i32 vectorsFor(i32 rows) { return minimum((vectorRegisters - 1 - productRegisters) / (rows + 1), 256 / vectorBytes); }
constexpr bool stepFits(i32 rows, i32 vectors) { return rows * vectors + rows + vectors + productRegisters <= vectorRegisters; }

// Rows of the tallest dot tile, and the columns with which all loads of a step fit beside the accumulators.
inline constexpr i32 tallestDotTile = vectorBytes == 32 ? 3 : 4;
constexpr i32 dotColumnsFor(i32 rows) { return (vectorRegisters - 1 - rows) / (rows + 1); }

// y[rows, vectors * lanes] = values (+ y), in order; see above.
template <class T, i32 rows, i32 vectors, bool accumulate = false>
[[gnu::always_inline]] inline void storeInOrder(T* y, i32 stride, const Vector<T> (&values)[rows][vectors]) {
  CONVGRAD_UNROLL
  for (i32 place = 0; place < rows * vectors; ++place) {
    const i32 i = accumulate ? rows * vectors - 1 - place : place;
    T* to = y + i / vectors * stride + i % vectors * lanes<T>;
    const Vector<T>& value = values[i / vectors][i % vectors];
    store(to, accumulate ? value + load(to) : value);
    asm volatile("" : : : "memory");
  }
}

// Adds the products of row i's number a[i * rowStep] with the line b.
template <class T, i32 rows, i32 vectors, i32 rowStep = 1>
[[gnu::always_inline]] inline void outerStep(Vector<T> (&values)[rows][vectors], const T* a, const T* b) {
  Vector<T> line[vectors];
  CONVGRAD_UNROLL
  for (i32 v = 0; v < vectors; ++v) line[v] = load(b + v * lanes<T>);
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) {
    const Vector<T> factor = splat(a[i * rowStep]);
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) values[i][v] += factor * line[v];
    CONVGRAD_UNROLL
    for (i32 v = 0; v < vectors; ++v) pin<T>(values[i][v]);
  }
}

// c[rows, vectors * lanes] = start[rows] + sum over `depth` steps of packed a (`rows` numbers a step) times b, whose lines lie in a
// panel without gaps, or, given `offsets`, each at its own offset from b.
template <class T, i32 rows, i32 vectors, bool isPanel>
[[gnu::noinline]] void outerTile(const T* a, const T* b, const i32* offsets, i32 depth, const T* start, T* c, i32 stride) {
  constexpr i32 width = vectors * lanes<T>;
  Vector<T> values[rows][vectors];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] = splat(start[i / vectors]);
  const auto line = [&](i32 step) { return isPanel ? b + step * width : b + offsets[step]; };
  if constexpr (stepFits(rows, vectors)) {
    if (depth > 0) {
      for (;;) {
        pinPointer(a);
        pinPointer(b);
        outerStep(values, a, line(0));
        if (--depth == 0) break;
        outerStep(values, a + rows, line(1));
        if (--depth == 0) break;
        outerStep(values, a + 2 * rows, line(2));
        if (--depth == 0) break;
        outerStep(values, a + 3 * rows, line(3));
        if (--depth == 0) break;
        a += 4 * rows;
        if constexpr (isPanel) b += 4 * width;
        else offsets += 4;
      }
    }
  } else {
    for (i32 step = 0; step < depth; ++step) {
      pinPointer(a);
      if constexpr (isPanel) pinPointer(b);
      outerStep(values, a, line(0));
      a += rows;
      if constexpr (isPanel) b += width;
      else ++offsets;
    }
  }
  storeInOrder(c, stride, values);
}

// c[rows, vectors * lanes] = the sum over `depth` steps, at least one, of a times the panel b (+ c). Of a the rows' vectors along the depth
// lie one below the other; the rows' next vectors begin `next` numbers behind the last four of these.
template <class T, i32 rows, i32 vectors>
[[gnu::noinline]] void vectorTile(const T* a, i32 next, const T* b, i32 depth, T* c, i32 stride, bool accumulate) {
  constexpr i32 width = vectors * lanes<T>;
  constexpr i32 fours = lanes<T> / 4;
  Vector<T> values[rows][vectors] = {};
  for (i32 four = 1;; ++four) {
    pinPointer(a);
    pinPointer(b);
    outerStep<T, rows, vectors, lanes<T>>(values, a, b);
    if (--depth == 0) break;
    outerStep<T, rows, vectors, lanes<T>>(values, a + 1, b + width);
    if (--depth == 0) break;
    outerStep<T, rows, vectors, lanes<T>>(values, a + 2, b + 2 * width);
    if (--depth == 0) break;
    outerStep<T, rows, vectors, lanes<T>>(values, a + 3, b + 3 * width);
    if (--depth == 0) break;
    a += four % fours == 0 ? next : 4;
    b += 4 * width;
  }
  if (accumulate) {
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * vectors; ++i) values[i / vectors][i % vectors] += load(c + i / vectors * stride + i % vectors * lanes<T>);
  }
  storeInOrder(c, stride, values);
}

// The same for tiles of which a step's loads do not fit beside the accumulators: of a the rows' vectors lie one below the other, and those
// of a step begin at its offset.
template <class T, i32 rows, i32 vectors, bool accumulate>
[[gnu::noinline]] void offsetTile(const T* a, const i32* offsets, const T* b, i32 depth, T* c, i32 stride) {
  Vector<T> values[rows][vectors] = {};
  for (i32 step = 0; step < depth; ++step) {
    const T* column = a + offsets[step];
    pinPointer(column);
    pinPointer(b);
    outerStep<T, rows, vectors, lanes<T>>(values, column, b);
    b += vectors * lanes<T>;
  }
  storeInOrder<T, rows, vectors, accumulate>(c, stride, values);
}

template <class T, i32 rows, i32 columns>
[[gnu::always_inline]] inline void dotStep(Vector<T> (&values)[rows][columns], const T* const (&a)[rows], const T* const (&b)[columns], i32 step) {
  Vector<T> right[columns];
  CONVGRAD_UNROLL
  for (i32 j = 0; j < columns; ++j) right[j] = load(b[j] + step * lanes<T>);
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) {
    const Vector<T> left = load(a[i] + step * lanes<T>);
    CONVGRAD_UNROLL
    for (i32 j = 0; j < columns; ++j) values[i][j] += left * right[j];
    CONVGRAD_UNROLL
    for (i32 j = 0; j < columns; ++j) pin<T>(values[i][j]);
  }
}

// sums[rows, columns, lanes]: the lane by lane sums of products of each row of a with each row of b over `steps` vectors.
template <class T, i32 rows, i32 columns>
[[gnu::noinline]] void dotTile(const T* a, i32 aStride, const T* const* b, i32 steps, T* sums) {
  Vector<T> values[rows][columns] = {};
  const T* left[rows];
  const T* right[columns];
  for (i32 i = 0; i < rows; ++i) left[i] = a + i * aStride;
  for (i32 j = 0; j < columns; ++j) right[j] = b[j];
  if (steps > 0) {
    for (;;) {
      for (i32 i = 0; i < rows; ++i) pinPointer(left[i]);
      for (i32 j = 0; j < columns; ++j) pinPointer(right[j]);
      dotStep(values, left, right, 0);
      if (--steps == 0) break;
      dotStep(values, left, right, 1);
      if (--steps == 0) break;
      dotStep(values, left, right, 2);
      if (--steps == 0) break;
      dotStep(values, left, right, 3);
      if (--steps == 0) break;
      for (i32 i = 0; i < rows; ++i) left[i] += 4 * lanes<T>;
      for (i32 j = 0; j < columns; ++j) right[j] += 4 * lanes<T>;
    }
  }
  storeInOrder(sums, columns * lanes<T>, values);
}

}  // namespace convgrad
