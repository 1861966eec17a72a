// Max pooling over planes of up to three dimensions, by vectors of neighbouring windows.
#include "windows.h"

namespace convgrad {

// PyTorch's rule: what is larger takes the place, and so does every NaN.
template <class V>
inline auto takesPlace(V v, V best) { return (v > best) | (v != v); }

template <class T>
inline void storeIndices(i32* indices, Vector<Integer<T>> index, i32 count) {
  if constexpr (sizeof(T) == sizeof(i32)) {
    if (count >= lanes<T>) return store(indices, index);
  }
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) {
    if (i < count) indices[i] = static_cast<i32>(index[i]);
  }
}

// Whether windows of the row may lie around the image without seeing it: possible with dilation only.
inline bool mayMissImage(const WindowRow& row) {
  return row.depth.dilation > 1 || row.height.dilation > 1 || row.width.dilation > 1;
}

template <class T>
void maxPoolSingle(const WindowRow& row, const T* x, i32 ow, T* y, i32* index) {
  const Range w = row.width.taps(ow);
  const i32 origin = row.width.origin(ow);
  T best = static_cast<T>(-INFINITY);
  i32 bestPlace = row.line(row.d.start, row.h.start) + origin + w.start * row.width.dilation;
  for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
    for (i32 kh = row.h.start; kh < row.h.end; ++kh) {
      const i32 first = row.line(kd, kh) + origin;
      for (i32 kw = w.start; kw < w.end; ++kw) {
        const i32 place = first + kw * row.width.dilation;
        const bool takes = takesPlace(x[place], best);
        best = takes ? x[place] : best;
        bestPlace = takes ? place : bestPlace;
      }
    }
  }
  *y = best;
  if (index != nullptr) *index = bestPlace;
}

template <class T, class Stride>
void maxPoolVectors(const WindowRow& row, const T* x, T* y, i32* indices, Stride stride) {
  using I = Vector<Integer<T>>;
  const WindowAxis width = row.width;
  const WindowLines lines(row);
  const I apart = strideLanes<T>(stride);
  forEachWindowVector<T>(width, [&](i32 ow, i32 count, auto masked) {
    const i32 origin = width.origin(ow);
    Vector<T> best = splat(static_cast<T>(-INFINITY));
    I index = apart + static_cast<Integer<T>>(lines.starts[0] + origin);
    if constexpr (masked) {
      // The first tap inside the image, where nothing is larger than -infinity.
#pragma GCC unroll 16
      for (int lane = 0; lane < lanes<T>; ++lane) index[lane] += width.taps(ow + lane).start * width.dilation;
    }
    for (i32 line = 0; line < lines.count; ++line) {
      const i32 start = lines.starts[line];
      i32 first = origin;
      for (i32 kw = 0; kw < width.kernel; ++kw, first += width.dilation) {
        const Vector<T> v = loadTap(x + start, first, stride, width.in, static_cast<T>(-INFINITY), masked);
        const I takes = takesPlace(v, best);
        best = takes ? v : best;
        index = takes ? apart + static_cast<Integer<T>>(start + first) : index;
      }
    }
    storeUpTo<T>(y + ow, best, count);
    if (indices != nullptr) storeIndices<T>(indices + ow, index, count);
  });
}

template <class T>
void maxPool(const MaxPoolArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  forEachWindowRow(args, task, [&](i32 plane, const WindowRow& row, i32 first) {
    const T* x = args.x + plane * inPlane;
    T* y = args.y + plane * outPlane + first;
    i32* indices = args.indices ? args.indices + plane * outPlane + first : nullptr;
    if (WindowLines::suit<T>(row)) {
      withStride(row.width.stride, [&](auto stride) { maxPoolVectors(row, x, y, indices, stride); });
    } else {
      for (i32 ow = 0; ow < row.width.out; ++ow) maxPoolSingle(row, x, ow, y + ow, indices == nullptr ? nullptr : indices + ow);
    }
    // A dilated window may have no tap in the image; a gradient must not be written outside for that.
    if (indices != nullptr && mayMissImage(row)) {
      for (i32 ow = 0; ow < row.width.out; ++ow) indices[ow] = maximum(0, minimum(indices[ow], inPlane - 1));
    }
  });
}

}  // namespace convgrad
