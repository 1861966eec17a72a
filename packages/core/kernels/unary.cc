// Functions of one element.
#include "exponential.h"

namespace convgrad {

// y = f(x) by vectors: the last, partial one as well, so that a result does not depend on where the array was cut.
template <class T, class F>
inline void mapVectors(const T* x, T* y, i32 count, F f) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) store(y + i, f(load(x + i)));
  if (i < count) storePart<T>(y + i, f(load(x + i)), count - i);
}

template <class T, class F>
inline void mapScalars(const T* x, T* y, i32 count, F f) {
  for (i32 i = 0; i < count; ++i) y[i] = f(x[i]);
}

template <class T>
void floatUnary(UnaryOp op, const T* x, T* y, i32 count, f64 lower, f64 upper) {
  using V = Vector<T>;
  const auto vectors = [&](auto f) { mapVectors(x, y, count, f); };
  const auto scalars = [&](auto f) { mapScalars(x, y, count, f); };
  const V zero{}, one = splat<T>(1);
  switch (op) {
    case UnaryOp::neg: return vectors([](V v) { return -v; });
    case UnaryOp::abs: return scalars([](T v) { return std::fabs(v); });
    case UnaryOp::sign: return vectors([=](V v) { return v > zero ? one : (v < zero ? -one : (v == v ? zero : v)); });
    case UnaryOp::exp: return vectors([](V v) { return vectorExp<T>(v); });
    case UnaryOp::expm1: return vectors([](V v) { return vectorExpm1<T>(v); });
    case UnaryOp::log: return vectors([](V v) { return vectorLog<T>(v); });
    case UnaryOp::log1p: return vectors([](V v) { return vectorLog1p<T>(v); });
    case UnaryOp::log2: return scalars([](T v) { return std::log2(v); });
    case UnaryOp::sqrt: return vectors([](V v) { return squareRoot<T>(v); });
    case UnaryOp::rsqrt: return vectors([=](V v) { return one / squareRoot<T>(v); });
    case UnaryOp::square: return vectors([](V v) { return v * v; });
    case UnaryOp::reciprocal: return vectors([=](V v) { return one / v; });
    case UnaryOp::sin: return scalars([](T v) { return std::sin(v); });
    case UnaryOp::cos: return scalars([](T v) { return std::cos(v); });
    case UnaryOp::tan: return scalars([](T v) { return std::tan(v); });
    case UnaryOp::asin: return scalars([](T v) { return std::asin(v); });
    case UnaryOp::acos: return scalars([](T v) { return std::acos(v); });
    case UnaryOp::atan: return scalars([](T v) { return std::atan(v); });
    case UnaryOp::sinh: return scalars([](T v) { return std::sinh(v); });
    case UnaryOp::cosh: return scalars([](T v) { return std::cosh(v); });
    case UnaryOp::tanh: return vectors([](V v) { return vectorTanh<T>(v); });
    case UnaryOp::sigmoid: return vectors([](V v) { return vectorSigmoid<T>(v); });
    case UnaryOp::relu: return vectors([](V v) { return rectified<T>(v); });
    case UnaryOp::erf: return vectors([](V v) { return vectorErf<T>(v); });
    case UnaryOp::floor: return scalars([](T v) { return std::floor(v); });
    case UnaryOp::ceil: return scalars([](T v) { return std::ceil(v); });
    case UnaryOp::round: return scalars([](T v) { return std::nearbyint(v); });
    case UnaryOp::trunc: return scalars([](T v) { return std::trunc(v); });
    case UnaryOp::clamp: {
      const V low = splat(static_cast<T>(lower)), high = splat(static_cast<T>(upper));
      return vectors([=](V v) { return minimumOrNaN(maximumOrNaN(v, low), high); });
    }
  }
}

inline i32 nearestInteger(f64 x) {
  return x >= 2147483647.0 ? INT32_MAX : x <= -2147483648.0 ? INT32_MIN : static_cast<i32>(x);
}

inline void integerUnary(UnaryOp op, const i32* x, i32* y, i32 count, f64 lower, f64 upper) {
  using U = std::uint32_t;  // signed overflow must wrap
  const auto scalars = [&](auto f) { mapScalars(x, y, count, f); };
  switch (op) {
    case UnaryOp::neg: return scalars([](i32 v) { return static_cast<i32>(-static_cast<U>(v)); });
    case UnaryOp::abs: return scalars([](i32 v) { return v < 0 ? static_cast<i32>(-static_cast<U>(v)) : v; });
    case UnaryOp::sign: return scalars([](i32 v) { return (v > 0) - (v < 0); });
    case UnaryOp::square: return scalars([](i32 v) { return static_cast<i32>(static_cast<U>(v) * static_cast<U>(v)); });
    case UnaryOp::relu: return scalars([](i32 v) { return maximum(v, 0); });
    case UnaryOp::clamp: {
      const i32 low = nearestInteger(lower), high = nearestInteger(upper);
      return scalars([=](i32 v) { return minimum(maximum(v, low), high); });
    }
    default: return scalars([](i32 v) { return v; });  // floor, ceil, round, trunc
  }
}

template <class T>
void unary(const UnaryArgs<T>& args, Task task) {
  const i32 start = shareStart(args.size, task.index, task.count);
  const i32 count = shareStart(args.size, task.index + 1, task.count) - start;
  const UnaryOp op = static_cast<UnaryOp>(args.op);
  if constexpr (isFloat<T>) {
    floatUnary<T>(op, args.x + start, args.y + start, count, args.lower, args.upper);
  } else {
    integerUnary(op, args.x + start, args.y + start, count, args.lower, args.upper);
  }
}

}  // namespace convgrad
