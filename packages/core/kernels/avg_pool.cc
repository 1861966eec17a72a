// Average pooling over planes of up to three dimensions, by vectors of neighbouring windows, and its adjoint.
#include "columns.h"
#include "windows.h"

namespace convgrad {

// One dimension's part of the number of elements that window o is divided by.
template <class Args>
inline i32 countedElements(const Args& args, const WindowAxis& axis, int dim, i32 o) {
  if (o >= axis.interior.start && o < axis.interior.end) return axis.kernel;
  if (args.countIncludePad != 0) return minimum(axis.kernel, axis.in + args.paddingAfter[dim] - axis.origin(o));
  const Range taps = axis.taps(o);
  return taps.end - taps.start;
}

template <class T>
inline void divideRow(const T* x, T* y, i32 from, i32 to, T divisor) {
  i32 i = from;
  for (; i <= to - lanes<T>; i += lanes<T>) store(y + i, load(x + i) / divisor);
  for (; i < to; ++i) y[i] = x[i] / divisor;
}

// y = x / the divisors of a row's windows.
template <class T, class Args>
inline void divideByCounts(const Args& args, const WindowRow& row, const T* x, T* y) {
  const WindowAxis& width = row.width;
  if (args.divisorOverride != 0) return divideRow(x, y, 0, width.out, static_cast<T>(args.divisorOverride));
  const i32 outer = countedElements(args, row.depth, 0, row.od) * countedElements(args, row.height, 1, row.oh);
  const auto single = [&](i32 ow) { y[ow] = x[ow] / static_cast<T>(outer * countedElements(args, width, 2, ow)); };
  for (i32 ow = 0; ow < width.interior.start; ++ow) single(ow);
  divideRow(x, y, width.interior.start, width.interior.end, static_cast<T>(outer * width.kernel));
  for (i32 ow = width.interior.end; ow < width.out; ++ow) single(ow);
}

template <class T>
T sumSingle(const WindowRow& row, const T* x, i32 ow) {
  const Range w = row.width.taps(ow);
  f64 sum = 0;
  for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
    for (i32 kh = row.h.start; kh < row.h.end; ++kh) {
      const T* first = x + row.line(kd, kh) + row.width.origin(ow) + w.start;
      sum += blockedSum<T>(w.end - w.start, [=](i32 i) { return load(first + i); });
    }
  }
  return static_cast<T>(sum);
}

template <class T, class Stride>
void sumVectors(const WindowRow& row, const T* x, T* y, Stride stride) {
  const WindowAxis width = row.width;
  const WindowLines lines(row);
  forEachWindowVector<T>(width, [&](i32 ow, i32 count, auto masked) {
    const i32 origin = width.origin(ow);
    Vector<T> sum{};
    for (i32 line = 0; line < lines.count; ++line) {
      const T* start = x + lines.starts[line];
      Vector<T> lineSum{};
      for (i32 kw = 0; kw < width.kernel; ++kw) lineSum += loadTap(start, origin + kw, stride, width.in, static_cast<T>(0), masked);
      sum += lineSum;
    }
    storeUpTo<T>(y + ow, sum, count);
  });
}

template <class T>
void avgPool(const AvgPoolArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  forEachWindowRow(args, task, [&](i32 plane, const WindowRow& row, i32 first) {
    const T* x = args.x + plane * inPlane;
    T* y = args.y + plane * outPlane + first;
    if (WindowLines::suit<T>(row)) {
      withStride(row.width.stride, [&](auto stride) { sumVectors(row, x, y, stride); });
    } else {
      for (i32 ow = 0; ow < row.width.out; ++ow) y[ow] = sumSingle(row, x, ow);
    }
    divideByCounts(args, row, y, y);
  });
}

// Every element of the image gets the shares of the windows that see it. A window's taps on a line are neighbours, so the shares are
// spread along one line first, padding included, and that is added to all lines the windows see.
template <class T>
void avgPoolGrad(const AvgPoolGradArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  T* const scratch = reinterpret_cast<T*>(args.scratch + task.worker * args.scratchStride);
  T* const share = scratch;
  T* const spread = scratch + args.outSize[2];
  forEachWindowRow(args, task, [&](i32 plane, const WindowRow& row, i32 first) {
    T* dx = args.gradInput + plane * inPlane;
    if (first == 0) fillRow<T>(dx, 0, inPlane);
    divideByCounts<T>(args, row, args.gradOutput + plane * outPlane + first, share);
    const WindowAxis& width = row.width;
    const i32 span = (width.out - 1) * width.stride + width.kernel;
    fillRow<T>(spread, 0, span);
    withStride(width.stride, [&](auto stride) {
      for (i32 kw = 0; kw < width.kernel; ++kw) {
        for (i32 ow = 0; ow < width.out; ++ow) spread[ow * stride + kw] += share[ow];
      }
    });
    const i32 count = minimum(width.in, span - width.padding);
    for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
      for (i32 kh = row.h.start; kh < row.h.end; ++kh) addRow(spread + width.padding, dx + row.line(kd, kh), count);
    }
  });
}

}  // namespace convgrad
