// Conversion between element types. The kernel is one for all types: they are numbers of the list ElementType.
#include "kernel.h"

namespace convgrad {

// An integer is what is left without the fraction, the nearest one where it does not fit, and 0 for NaN.
template <class From>
inline i32 toInteger(From x) {
  if constexpr (static_cast<From>(0.5) == 0) {
    return x;
  } else {
    const i32 low = x > static_cast<From>(-2147483648.0) ? static_cast<i32>(x) : INT32_MIN;
    const i32 bounded = x < static_cast<From>(2147483648.0) ? low : INT32_MAX;
    return x == x ? bounded : 0;
  }
}

template <class From, class To>
void convert(const From* x, To* y, i32 size) {
  for (i32 i = 0; i < size; ++i) {
    if constexpr (static_cast<To>(0.5) == 0) {
      y[i] = static_cast<To>(toInteger(x[i]));
    } else {
      y[i] = static_cast<To>(x[i]);
    }
  }
}

template <class From>
void convertFrom(const u8* x, u8* y, i32 start, i32 end, ElementType to) {
  const From* from = reinterpret_cast<const From*>(x) + start;
  const auto into = [&]<class To>(To* first) { convert(from, first + start, end - start); };
  switch (to) {
    case ElementType::f32: return into(reinterpret_cast<f32*>(y));
    case ElementType::f64: return into(reinterpret_cast<f64*>(y));
    case ElementType::i32: return into(reinterpret_cast<i32*>(y));
    case ElementType::u8: return into(y);
  }
}

template <class T>
void cast(const CastArgs<T>& args, Task task) {
  const i32 start = shareStart(args.size, task.index, task.count);
  const i32 end = shareStart(args.size, task.index + 1, task.count);
  const ElementType to = static_cast<ElementType>(args.to);
  switch (static_cast<ElementType>(args.from)) {
    case ElementType::f32: return convertFrom<f32>(args.x, args.y, start, end, to);
    case ElementType::f64: return convertFrom<f64>(args.x, args.y, start, end, to);
    case ElementType::i32: return convertFrom<i32>(args.x, args.y, start, end, to);
    case ElementType::u8: return convertFrom<u8>(args.x, args.y, start, end, to);
  }
}

}  // namespace convgrad
