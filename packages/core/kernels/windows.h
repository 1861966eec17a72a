// Where the windows of a pooling lie.
#pragma once

#include <type_traits>

#include "strided_lanes.h"

namespace convgrad {

// Divisions that round down and up whatever the sign of a; b is positive.
inline i32 floorDivide(i32 a, i32 b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }
inline i32 ceilDivide(i32 a, i32 b) { return -floorDivide(-a, b); }

struct Range {
  i32 start, end;
};

// One dimension of the windows.
struct WindowAxis {
  i32 in, kernel, out, stride, dilation, padding;
  Range interior;  // the windows that lie in the image with all their taps

  template <class Args>
  static WindowAxis of(const Args& args, int dim) {
    WindowAxis axis{
        args.inSize[dim], args.kernelSize[dim], args.outSize[dim], args.stride[dim], args.dilation[dim], args.padding[dim], {0, 0}};
    const i32 room = axis.in + axis.padding - (axis.kernel - 1) * axis.dilation;
    axis.interior.start = minimum(axis.out, ceilDivide(axis.padding, axis.stride));
    axis.interior.end = maximum(axis.interior.start, minimum(axis.out, ceilDivide(room, axis.stride)));
    return axis;
  }

  // Place in the image of tap 0 of window o: negative in the padding.
  i32 origin(i32 o) const { return o * stride - padding; }

  // The taps of window o that are inside the image.
  Range taps(i32 o) const {
    if (o >= interior.start && o < interior.end) return {0, kernel};
    const i32 start = maximum(0, ceilDivide(-origin(o), dilation));
    return {start, maximum(start, minimum(kernel, ceilDivide(in - origin(o), dilation)))};
  }
};

inline i32 planeSize(const i32 size[3]) { return size[0] * size[1] * size[2]; }

// A row of windows in a plane of up to three dimensions.
struct WindowRow {
  WindowAxis depth, height, width;
  i32 od, oh;
  Range d, h;  // taps inside the image

  WindowRow(const WindowAxis& depth, const WindowAxis& height, const WindowAxis& width, i32 od, i32 oh)
      : depth(depth), height(height), width(width), od(od), oh(oh), d(depth.taps(od)), h(height.taps(oh)) {}

  // First place in the plane of the line of the image that tap (kd, kh) lies on.
  i32 line(i32 kd, i32 kh) const {
    return ((depth.origin(od) + kd * depth.dilation) * height.in + height.origin(oh) + kh * height.dilation) * width.in;
  }
};

// Calls f(plane, row, number of the row's first output in its plane) for all rows of windows of the task's planes.
template <class Args, class F>
inline void forEachWindowRow(const Args& args, Task task, F f) {
  const WindowAxis depth = WindowAxis::of(args, 0), height = WindowAxis::of(args, 1), width = WindowAxis::of(args, 2);
  const i32 end = shareStart(args.planes, task.index + 1, task.count);
  for (i32 plane = shareStart(args.planes, task.index, task.count); plane < end; ++plane) {
    for (i32 od = 0; od < depth.out; ++od) {
      for (i32 oh = 0; oh < height.out; ++oh) {
        f(plane, WindowRow(depth, height, width, od, oh), (od * height.out + oh) * width.out);
      }
    }
  }
}

// Where the lines begin that a row of windows sees, for kernels of a moderate size.
struct WindowLines {
  static constexpr i32 most = 64;
  i32 count = 0;
  i32 starts[most];

  explicit WindowLines(const WindowRow& row) {
    starts[0] = 0;
    for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
      for (i32 kh = row.h.start; kh < row.h.end; ++kh) starts[count++] = row.line(kd, kh);
    }
  }

  // Whether there is room for the lines, and vectors of neighbouring windows do not read too far over the end of the image.
  template <class T>
  static bool suit(const WindowRow& row) {
    const WindowAxis& width = row.width;
    return row.depth.kernel * row.height.kernel <= most &&
           (lanes<T> - 1) * width.stride + (width.kernel - 1) * width.dilation + width.padding < 64;
  }
};

// Calls f(ow, count, masked) for vectors of windows from ow on, of which `count` are wanted; masked, a constant, says that some tap
// of theirs lies outside the image.
template <class T, class F>
inline void forEachWindowVector(const WindowAxis& width, F f) {
  const i32 out = width.out;
  const Range interior = width.interior;
  for (i32 ow = 0; ow < out; ow += lanes<T>) {
    const i32 count = minimum(lanes<T>, out - ow);
    if (ow >= interior.start && ow + count <= interior.end) {
      f(ow, count, std::false_type{});
    } else {
      f(ow, count, std::true_type{});
    }
  }
}

// The elements of a line of the image that one tap of neighbouring windows sees, `outside` where that is not in the image.
template <class T, class Stride, bool masked>
inline Vector<T> loadTap(const T* line, i32 first, Stride stride, i32 width, T outside, std::bool_constant<masked>) {
  const Vector<T> v = loadStrided(line + first, stride);
  if constexpr (!masked) return v;
  const Vector<Integer<T>> at = strideLanes<T>(stride) + static_cast<Integer<T>>(first);
  return ((at >= Vector<Integer<T>>{}) & (at < splat<Integer<T>>(width))) ? v : splat(outside);
}

template <class T>
inline void storeUpTo(T* p, Vector<T> v, i32 count) {
  if (count >= lanes<T>) {
    store(p, v);
  } else {
    storePart<T>(p, v, count);
  }
}

}  // namespace convgrad
