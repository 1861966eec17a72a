// exp, log and their kin of a vector. float32 by polynomials within 2 units in the last place, float64 by the C library lane by lane.
// The polynomials and the splitting of ln 2 are those of S. Moshier's Cephes library (expf.c, logf.c, tanhf.c), erf's are N. Juffa's.
#pragma once

#include "vectors.h"

namespace convgrad {

template <class To, class From>
inline To bitsAs(From v) { return reinterpret_cast<To&>(v); }

// 2^n for n of a normal number.
inline Vector<f32> powerOfTwo(Vector<i32> n) { return bitsAs<Vector<f32>>((n + 127) << 23); }

inline constexpr f32 ln2High = 0.693359375f;  // few bits: products with an exponent are exact
inline constexpr f32 ln2Low = -2.12194440e-4f;

// x within bounds; anything for NaN, which relaxed SIMD may lose here.
inline Vector<f32> between(Vector<f32> x, f32 low, f32 high) {
  x = x < splat(low) ? splat(low) : x;
  return x > splat(high) ? splat(high) : x;
}

// x = count ln 2 + r, |r| <= ln 2 / 2, for x that is not far beyond the range of exp.
struct ReducedExponent {
  Vector<f32> count, r;
  Vector<i32> n;  // count
  explicit ReducedExponent(Vector<f32> x) {
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits.
    const Vector<f32> magic = splat(12582912.0f);
    const Vector<f32> shifted = x * 1.44269504088896341f + magic;
    n = bitsAs<Vector<i32>>(shifted) - bitsAs<Vector<i32>>(magic);
    count = shifted - magic;
    r = (x - count * ln2High) - count * ln2Low;
  }
};

// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2.
inline Vector<f32> exponentialTail(Vector<f32> r) {
  Vector<f32> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  return p * r + 5.0000001201e-1f;
}

template <class T>
inline Vector<T> vectorExp(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::exp(v); });
  } else {
    using V = Vector<f32>;
    // Beyond these bounds the result is 0 or infinity.
    const ReducedExponent e(between(x, -104.0f, 89.0f));
    const V p = (exponentialTail(e.r) * (e.r * e.r) + e.r) + 1.0f;
    // Two factors, so that denormal results and those just below infinity come out right.
    const Vector<i32> half = e.n >> 1;
    const V y = p * powerOfTwo(half) * powerOfTwo(e.n - half);
    return x == x ? y : x;
  }
}

template <class T>
inline Vector<T> vectorExpm1(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::expm1(v); });
  } else {
    using V = Vector<f32>;
    const V bounded = between(x, -18.0f, 89.0f);
    const ReducedExponent e(bounded);
    // 2^n exp(r) - 1 with half of 2^n, which never overflows; what r lost to rounding is put back.
    const V lost = ((bounded - e.count * ln2High) - e.r) - e.count * ln2Low;
    const V scale = powerOfTwo(e.n - 1);
    const V y = ((scale * e.r + (scale - 0.5f)) + scale * (exponentialTail(e.r) * (e.r * e.r) + lost)) * 2.0f;
    const V tiny = x * (x * 0.5f + 1.0f);
    // NaN is not outside, and stays what it is.
    return ((x >= splat(1e-4f)) | (x <= splat(-1e-4f))) ? y : tiny;
  }
}

template <class T>
inline Vector<T> vectorLog(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::log(v); });
  } else {
    using V = Vector<f32>;
    using I = Vector<i32>;
    const I isDenormal = x < splat(1.17549435e-38f);
    const I bits = bitsAs<I>(isDenormal ? x * 8388608.0f : x);
    // The mantissa in [sqrt(1/2), sqrt(2)): 0x3f3504f3 is sqrt(1/2).
    const I above = bits - 0x3f3504f3;
    const V e = __builtin_convertvector((above >> 23) + (isDenormal & -23), V);
    const V m = bitsAs<V>((above & 0x007fffff) + 0x3f3504f3) - 1.0f;
    V p = m * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    const V square = m * m;
    V y = p * m * square + e * ln2Low;
    y = m + (y - square * 0.5f) + e * ln2High;
    const V infinity = splat(INFINITY);
    y = x == V{} ? -infinity : y;
    y = x == infinity ? infinity : y;
    return x < V{} ? splat(NAN) : (x != x ? x : y);
  }
}

// log(u) for u = 1 + x as it is rounded, and to first order what was lost.
template <class T>
inline Vector<T> vectorLog1p(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::log1p(v); });
  } else {
    using V = Vector<f32>;
    const V u = x + 1.0f;
    const V correction = (x - (u - 1.0f)) / u;
    const V y = vectorLog<f32>(u);
    return x == V{} ? x : (((u > V{}) & (u < splat(INFINITY))) ? y + correction : y);
  }
}

template <class T>
inline Vector<T> vectorErf(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::erf(v); });
  } else {
    using V = Vector<f32>;
    const Vector<i32> sign = bitsAs<Vector<i32>>(x) & INT32_MIN;
    const V size = bitsAs<V>(bitsAs<Vector<i32>>(x) ^ sign);
    const V square = x * x;
    V p = (size * -1.72853470e-5f + 3.83197126e-4f) * square + (size * -3.88396438e-3f + 2.42546219e-2f);
    p = p * size - 1.06777877e-1f;
    p = p * size - 6.34846687e-1f;
    p = p * size - 1.28717512e-1f;
    // Beyond 4 the result is 1, and the polynomial would come back.
    const V large = size < splat(4.0f) ? 1.0f - vectorExp<f32>(p * size - size) : (x == x ? splat(1.0f) : x);
    V q = square * -5.96761703e-4f + 4.99119423e-3f;
    q = q * square - 2.67681349e-2f;
    q = q * square + 1.12819925e-1f;
    q = q * square - 3.76125336e-1f;
    q = q * square + 1.28379166e-1f;
    const V small = q * size + size;
    return bitsAs<V>(bitsAs<Vector<i32>>(size < splat(0.927734375f) ? small : large) | sign);
  }
}

template <class T>
inline Vector<T> vectorTanh(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::tanh(v); });
  } else {
    using V = Vector<f32>;
    const Vector<i32> sign = bitsAs<Vector<i32>>(x) & INT32_MIN;
    const V size = bitsAs<V>(bitsAs<Vector<i32>>(x) ^ sign);
    const V large = 1.0f - 2.0f / (vectorExp<f32>(size + size) + 1.0f);
    const V square = x * x;
    V p = square * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    const V small = p * square * size + size;
    return bitsAs<V>(bitsAs<Vector<i32>>(size < splat(0.625f) ? small : large) | sign);
  }
}

// 1 / (1 + exp(-x)), by an exponential that never overflows: exp(x) / (1 + exp(x)) where x < 0. What 1 + e loses to rounding is
// put back to first order: it alone could cost a unit in the last place.
template <class T>
inline Vector<T> vectorSigmoid(Vector<T> x) {
  using V = Vector<T>;
  const V one = splat<T>(1);
  const V e = vectorExp<T>(x < V{} ? x : -x);
  const V sum = one + e;
  const V y = (x < V{} ? e : one) / sum;
  return y - y * (e - (sum - one)) / sum;
}

}  // namespace convgrad
