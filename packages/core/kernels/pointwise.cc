// Binary functions, comparisons, tests and selection, with broadcasting: operands are strided, the result is contiguous.
#include "strided.h"
#include "vectors.h"

namespace convgrad {

// Elements that are packed at once where an operand is not contiguous.
inline constexpr i32 packSize = 256;
// Rows shorter than this are packed together.
inline constexpr i32 shortRow = 8;

// Calls row(a, aStep, b, bStep, y, count) for stretches of the task's share; steps are 0 or 1, and not both 0.
template <class T, class Y, class Row>
inline void forEachRow(
    const T* a, const T* b, Y* y, i32 rank, const i32* shape, const i32* aStrides, const i32* bStrides, Task task, Row row) {
  const i32 size = sizeOf(shape, rank);
  const i32 end = shareStart(size, task.index + 1, task.count);
  i32 flat = shareStart(size, task.index, task.count);
  StridedWalk<2> walk{rank, shape, {aStrides, bStrides}, {}, {}};
  walk.moveTo(flat);
  const i32 aStep = aStrides[rank - 1], bStep = bStrides[rank - 1];
  const bool isPlain = (aStep == 1 && (bStep == 0 || bStep == 1)) || (aStep == 0 && bStep == 1);
  if (isPlain && (rank == 1 || shape[rank - 1] >= shortRow)) {
    while (flat < end) {
      const i32 count = minimum(walk.rowLeft(), end - flat);
      row(a + walk.offset[0], aStep, b + walk.offset[1], bStep, y + flat, count);
      flat += count;
      walk.advance(count);
    }
    return;
  }
  T aPacked[packSize + lanes<T>], bPacked[packSize + lanes<T>];
  while (flat < end) {
    const i32 count = minimum(packSize, end - flat);
    gatherNext(walk, 0, a, aPacked, count);
    gatherNext(walk, 1, b, bPacked, count);
    row(aPacked, 1, bPacked, 1, y + flat, count);
    flat += count;
    advanceRows(walk, count);
  }
}

template <class T, bool aMoves, bool bMoves, class F>
inline void applyMoving(const T* a, const T* b, T* y, i32 count, F f) {
  const Vector<T> aFirst = splat(*a), bFirst = splat(*b);
  const auto at = [&](i32 i) { return f(aMoves ? load(a + i) : aFirst, bMoves ? load(b + i) : bFirst); };
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) store(y + i, at(i));
  if (i < count) storePart<T>(y + i, at(i), count - i);
}

// y = f(a, b) by vectors: the last, partial one as well, so that a result does not depend on where its row was cut.
template <class T, class F>
inline void applyVectors(const T* a, i32 aStep, const T* b, i32 bStep, T* y, i32 count, F f) {
  if (aStep == 0) return applyMoving<T, false, true>(a, b, y, count, f);
  if (bStep == 0) return applyMoving<T, true, false>(a, b, y, count, f);
  applyMoving<T, true, true>(a, b, y, count, f);
}

template <class T, class F>
inline void applyScalars(const T* a, i32 aStep, const T* b, i32 bStep, T* y, i32 count, F f) {
  for (i32 i = 0; i < count; ++i) y[i] = f(a[i * aStep], b[i * bStep]);
}

template <class T>
void binaryRow(BinaryOp op, const T* a, i32 aStep, const T* b, i32 bStep, T* y, i32 count) {
  using V = Vector<T>;
  using U = Vector<std::uint32_t>;  // signed overflow must wrap
  const auto vectors = [&](auto f) { applyVectors(a, aStep, b, bStep, y, count, f); };
  switch (op) {
    case BinaryOp::maximum: return vectors([](V a, V b) { return maximumOrNaN(a, b); });
    case BinaryOp::minimum: return vectors([](V a, V b) { return minimumOrNaN(a, b); });
    default: break;
  }
  if constexpr (isFloat<T>) {
    const auto scalars = [&](auto f) { applyScalars(a, aStep, b, bStep, y, count, f); };
    switch (op) {
      case BinaryOp::add: return vectors([](V a, V b) { return a + b; });
      case BinaryOp::sub: return vectors([](V a, V b) { return a - b; });
      case BinaryOp::mul: return vectors([](V a, V b) { return a * b; });
      case BinaryOp::div: return vectors([](V a, V b) { return a / b; });
      case BinaryOp::pow:
        if (bStep == 0 && *b == 2) return vectors([](V a, V) { return a * a; });
        return scalars([](T a, T b) { return std::pow(a, b); });
      case BinaryOp::atan2: return scalars([](T a, T b) { return std::atan2(a, b); });
      case BinaryOp::reluGrad: return vectors([](V g, V y) { return y <= V{} ? V{} : g; });
      case BinaryOp::sigmoidGrad: return vectors([](V g, V y) { return g * y * (splat<T>(1) - y); });
      case BinaryOp::tanhGrad: return vectors([](V g, V y) { return g * (splat<T>(1) - y * y); });
      default: return;
    }
  } else {
    switch (op) {
      case BinaryOp::add: return vectors([](V a, V b) { return (V)((U)a + (U)b); });
      case BinaryOp::sub: return vectors([](V a, V b) { return (V)((U)a - (U)b); });
      case BinaryOp::mul: return vectors([](V a, V b) { return (V)((U)a * (U)b); });
      default: return;
    }
  }
}

template <class T>
void binary(const BinaryArgs<T>& args, Task task) {
  const BinaryOp op = static_cast<BinaryOp>(args.op);
  const auto row = [&](const T* a, i32 aStep, const T* b, i32 bStep, T* y, i32 count) { binaryRow(op, a, aStep, b, bStep, y, count); };
  forEachRow<T, T>(args.a, args.b, args.y, args.rank, args.shape, args.aStrides, args.bStrides, task, row);
}

// The comparison that gives the same with the operands exchanged.
inline CompareOp exchanged(CompareOp op) {
  switch (op) {
    case CompareOp::lt: return CompareOp::gt;
    case CompareOp::le: return CompareOp::ge;
    case CompareOp::gt: return CompareOp::lt;
    case CompareOp::ge: return CompareOp::le;
    default: return op;
  }
}

template <class T>
void compareRow(CompareOp op, const T* a, i32 aStep, const T* b, i32 bStep, u8* y, i32 count) {
  if (aStep == 0) return compareRow(exchanged(op), b, bStep, a, aStep, y, count);
  const auto apply = [&](auto f) {
    if (bStep == 0) {
      const T first = *b;
      for (i32 i = 0; i < count; ++i) y[i] = f(a[i], first);
    } else {
      for (i32 i = 0; i < count; ++i) y[i] = f(a[i], b[i]);
    }
  };
  switch (op) {
    case CompareOp::eq: return apply([](T a, T b) { return a == b; });
    case CompareOp::ne: return apply([](T a, T b) { return a != b; });
    case CompareOp::lt: return apply([](T a, T b) { return a < b; });
    case CompareOp::le: return apply([](T a, T b) { return a <= b; });
    case CompareOp::gt: return apply([](T a, T b) { return a > b; });
    case CompareOp::ge: return apply([](T a, T b) { return a >= b; });
    case CompareOp::logicalAnd: return apply([](T a, T b) { return (a != 0) & (b != 0); });
    case CompareOp::logicalOr: return apply([](T a, T b) { return (a != 0) | (b != 0); });
    case CompareOp::logicalXor: return apply([](T a, T b) { return (a != 0) ^ (b != 0); });
  }
}

template <class T>
void compare(const CompareArgs<T>& args, Task task) {
  const CompareOp op = static_cast<CompareOp>(args.op);
  const auto row = [&](const T* a, i32 aStep, const T* b, i32 bStep, u8* y, i32 count) { compareRow(op, a, aStep, b, bStep, y, count); };
  forEachRow<T, u8>(args.a, args.b, args.y, args.rank, args.shape, args.aStrides, args.bStrides, task, row);
}

template <class T>
void test(const TestArgs<T>& args, Task task) {
  const i32 start = shareStart(args.size, task.index, task.count);
  const i32 end = shareStart(args.size, task.index + 1, task.count);
  const T* x = args.x;
  u8* y = args.y;
  const auto apply = [&](auto f) {
    for (i32 i = start; i < end; ++i) y[i] = f(x[i]);
  };
  switch (static_cast<TestOp>(args.op)) {
    case TestOp::isNaN: return apply([](T x) { return x != x; });
    case TestOp::isFinite: return apply([](T x) { return x - x == 0; });
    case TestOp::logicalNot: return apply([](T x) { return x == 0; });
  }
}

template <class T>
void whereRow(const u8* condition, const T* a, i32 aStep, const T* b, i32 bStep, T* y, i32 count) {
  const auto apply = [&](auto aAt, auto bAt) {
    for (i32 i = 0; i < count; ++i) {
      const T chosen = aAt(i), other = bAt(i);
      y[i] = condition[i] != 0 ? chosen : other;
    }
  };
  const T aFirst = *a, bFirst = *b;
  const auto aMoving = [=](i32 i) { return a[i]; };
  const auto bMoving = [=](i32 i) { return b[i]; };
  const auto aConstant = [=](i32) { return aFirst; };
  const auto bConstant = [=](i32) { return bFirst; };
  if (aStep == 0) return bStep == 0 ? apply(aConstant, bConstant) : apply(aConstant, bMoving);
  return bStep == 0 ? apply(aMoving, bConstant) : apply(aMoving, bMoving);
}

template <class T>
void where(const WhereArgs<T>& args, Task task) {
  const i32 last = args.rank - 1;
  const i32 size = sizeOf(args.shape, args.rank);
  const i32 end = shareStart(size, task.index + 1, task.count);
  i32 flat = shareStart(size, task.index, task.count);
  StridedWalk<3> walk{args.rank, args.shape, {args.conditionStrides, args.aStrides, args.bStrides}, {}, {}};
  walk.moveTo(flat);
  const i32 aStep = args.aStrides[last], bStep = args.bStrides[last];
  const bool isPlain = args.conditionStrides[last] == 1 && (aStep | bStep | 1) == 1;
  if (isPlain && (args.rank == 1 || args.shape[last] >= shortRow)) {
    while (flat < end) {
      const i32 count = minimum(walk.rowLeft(), end - flat);
      whereRow<T>(args.condition + walk.offset[0], args.a + walk.offset[1], aStep, args.b + walk.offset[2], bStep, args.y + flat, count);
      flat += count;
      walk.advance(count);
    }
    return;
  }
  u8 condition[packSize];
  T a[packSize], b[packSize];
  while (flat < end) {
    const i32 count = minimum(packSize, end - flat);
    gatherNext<u8>(walk, 0, args.condition, condition, count);
    gatherNext<T>(walk, 1, args.a, a, count);
    gatherNext<T>(walk, 2, args.b, b, count);
    whereRow<T>(condition, a, 1, b, 1, args.y + flat, count);
    flat += count;
    advanceRows(walk, count);
  }
}

}  // namespace convgrad
