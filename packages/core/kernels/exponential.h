// exp, log, tanh and sigmoid of a vector. float32 by polynomials within 2 units in the last place, float64 by the C library lane by lane.
// The polynomials and the splitting of ln 2 are those of S. Moshier's Cephes library (expf.c, logf.c, tanhf.c).
#pragma once

#include "vectors.h"

namespace convgrad {

template <class To, class From>
inline To bitsAs(From v) { return reinterpret_cast<To&>(v); }

// 2^n for n of a normal number.
inline Vector<f32> powerOfTwo(Vector<i32> n) { return bitsAs<Vector<f32>>((n + 127) << 23); }

inline constexpr f32 ln2High = 0.693359375f;  // few bits: products with an exponent are exact
inline constexpr f32 ln2Low = -2.12194440e-4f;

template <class T>
inline Vector<T> vectorExp(Vector<T> x) {
  if constexpr (sizeof(T) == 8) {
    return eachLane<T>(x, [](T v) { return std::exp(v); });
  } else {
    using V = Vector<f32>;
    // Beyond these bounds the result is 0 or infinity; NaN passes both.
    const V low = splat(-104.0f), high = splat(89.0f);
    x = x < low ? low : x;
    x = x > high ? high : x;
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits.
    const V magic = splat(12582912.0f);
    const V shifted = x * 1.44269504088896341f + magic;
    const Vector<i32> n = bitsAs<Vector<i32>>(shifted) - bitsAs<Vector<i32>>(magic);
    const V count = shifted - magic;
    const V r = (x - count * ln2High) - count * ln2Low;
    V p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * (r * r) + r) + 1.0f;
    // Two factors, so that denormal results and those just below infinity come out right.
    const Vector<i32> half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
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
