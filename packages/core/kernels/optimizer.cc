// Steps of SGD and Adam over all parameters of a group at once, by PyTorch's formulas.
#include <limits>

#include "vectors.h"

namespace convgrad {

// Calls update(row, first, count) for the task's share of the elements of all rows; word `sizeWord` of a row is its number of elements.
template <int rowWords, int sizeWord, class F>
inline void forEachShare(const i32* table, i32 rows, Task task, F update) {
  i64 total = 0;
  for (i32 row = 0; row < rows; ++row) total += table[row * rowWords + sizeWord];
  const i64 start = total * task.index / task.count, end = total * (task.index + 1) / task.count;
  i64 before = 0;
  for (i32 row = 0; row < rows && before < end; ++row) {
    const i32* words = table + row * rowWords;
    const i64 size = words[sizeWord];
    const i64 first = maximum(start - before, static_cast<i64>(0)), last = minimum(end - before, size);
    if (first < last) update(words, static_cast<i32>(first), static_cast<i32>(last - first));
    before += size;
  }
}

// A word of the table as a pointer to element `first`.
template <class T>
inline T* elementsAt(i32 word, i32 first) {
  return Pointer<T>{static_cast<std::uint32_t>(word)} + first;
}

// Calls step(i, put) for every vector of elements: put(array, v) stores what belongs to this array. Inlined always: in a function of its own
// the numbers of the formula would be read from memory again after every store.
template <class T, class F>
[[gnu::always_inline]] inline void forEachVector(i32 count, F step) {
  i32 i = 0;
  for (; i <= count - lanes<T>; i += lanes<T>) step(i, [](T* p, Vector<T> v) { store(p, v); });
  if (i < count) step(i, [=](T* p, Vector<T> v) { storePart<T>(p, v, count - i); });
}

// 0 in place of what is smaller than a bound. Where gradients vanish, moments and squares decay in some hundred steps into the range below the
// normal numbers and stay there; processors calculate ten to a hundred times as slowly with such numbers.
template <class T>
inline Vector<T> zeroBelow(Vector<T> x, T bound) {
  using Bits = Vector<Integer<T>>;
  constexpr Integer<T> magnitude = std::numeric_limits<Integer<T>>::max();
  const Bits bits = reinterpret_cast<Bits>(x);
  const auto tiny = reinterpret_cast<Vector<T>>(bits & magnitude) < splat(bound);
  return reinterpret_cast<Vector<T>>(bits & ~tiny);
}

template <class T>
inline constexpr T smallestNormal = std::numeric_limits<T>::min();

template <class T, bool decays, bool hasMomentum>
void sgdUpdate(const SgdArgs<T>& args, const i32* row, i32 first, i32 count) {
  using V = Vector<T>;
  T* const parameter = elementsAt<T>(row[0], first);
  const T* const gradient = elementsAt<T>(row[1], first);
  T* const buffer = elementsAt<T>(row[2], first);
  const bool isFirstStep = row[4] != 0;
  const T sign = args.maximize != 0 ? -1 : 1;
  const T decay = static_cast<T>(args.weightDecay), lr = static_cast<T>(args.lr);
  const T momentum = static_cast<T>(args.momentum), undamped = static_cast<T>(1 - args.dampening);
  const bool nesterov = args.nesterov != 0;
  forEachVector<T>(count, [&](i32 i, auto put) {
    const V p = load(parameter + i);
    V g = load(gradient + i) * sign;
    if constexpr (decays) g += p * decay;
    if constexpr (hasMomentum) {
      V b = g;
      if (!isFirstStep) b = zeroBelow<T>(load(buffer + i) * momentum + g * undamped, smallestNormal<T>);
      put(buffer + i, b);
      g = nesterov ? g + b * momentum : b;
    }
    put(parameter + i, p - g * lr);
  });
}

template <class T>
void sgd(const SgdArgs<T>& args, Task task) {
  forEachShare<5, 3>(args.table, args.count, task, [&](const i32* row, i32 first, i32 count) {
    // Without weight decay nothing is added: 0 times an infinite parameter would be NaN.
    const bool decays = args.weightDecay != 0;
    const auto plain = decays ? sgdUpdate<T, true, false> : sgdUpdate<T, false, false>;
    const auto withMomentum = decays ? sgdUpdate<T, true, true> : sgdUpdate<T, false, true>;
    (args.momentum != 0 ? withMomentum : plain)(args, row, first, count);
  });
}

template <class T, bool decays, bool amsgrad>
void adamUpdate(const AdamArgs<T>& args, const i32* row, i32 first, i32 count) {
  using V = Vector<T>;
  T* const parameter = elementsAt<T>(row[0], first);
  const T* const gradient = elementsAt<T>(row[1], first);
  T* const firstMoment = elementsAt<T>(row[2], first);
  T* const secondMoment = elementsAt<T>(row[3], first);
  T* const largestMoment = elementsAt<T>(row[4], first);
  const f64 step = row[6];
  const T sign = args.maximize != 0 ? -1 : 1;
  const T decay = static_cast<T>(args.weightDecay);
  const T shrink = static_cast<T>(args.decoupled != 0 ? 1 - args.lr * args.weightDecay : 1);
  const T beta2 = static_cast<T>(args.beta2), rest1 = static_cast<T>(1 - args.beta1), rest2 = static_cast<T>(1 - args.beta2);
  const T stepSize = static_cast<T>(args.lr / (1 - std::pow(args.beta1, step)));
  const T correction = static_cast<T>(1 / std::sqrt(1 - std::pow(args.beta2, step)));
  // Above 0: a parameter that both moments have forgotten stays where it is.
  const T eps = maximum(static_cast<T>(args.eps), smallestNormal<T>);
  // What a smaller gradient adds to the second moment is no normal number.
  const T leastSquared = std::sqrt(smallestNormal<T> / rest2);
  forEachVector<T>(count, [&](i32 i, auto put) {
    V p = load(parameter + i) * shrink;
    V g = load(gradient + i) * sign;
    if constexpr (decays) g += p * decay;
    V m = load(firstMoment + i), v = load(secondMoment + i);
    m = zeroBelow<T>(m + (g - m) * rest1, smallestNormal<T>);
    const V squared = zeroBelow<T>(g, leastSquared);
    v = zeroBelow<T>(v * beta2 + squared * squared * rest2, smallestNormal<T>);
    put(firstMoment + i, m);
    put(secondMoment + i, v);
    if constexpr (amsgrad) {
      v = maximumOrNaN(static_cast<V>(load(largestMoment + i)), v);
      put(largestMoment + i, v);
    }
    put(parameter + i, p - m * stepSize / (squareRoot<T>(v) * correction + eps));
  });
}

template <class T>
void adam(const AdamArgs<T>& args, Task task) {
  const bool decays = args.weightDecay != 0 && args.decoupled == 0;
  forEachShare<7, 5>(args.table, args.count, task, [&](const i32* row, i32 first, i32 count) {
    const auto plain = decays ? adamUpdate<T, true, false> : adamUpdate<T, false, false>;
    const auto withLargest = decays ? adamUpdate<T, true, true> : adamUpdate<T, false, true>;
    (args.amsgrad != 0 ? withLargest : plain)(args, row, first, count);
  });
}

}  // namespace convgrad
