// Where the windows of a pooling lie: the part of each that is inside the image.
#pragma once

#include "kernel.h"

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

  template <class Args>
  static WindowAxis of(const Args& args, int dim) {
    return {args.inSize[dim], args.kernelSize[dim], args.outSize[dim], args.stride[dim], args.dilation[dim], args.padding[dim]};
  }

  // Place in the image of tap 0 of window o: negative in the padding.
  i32 origin(i32 o) const { return o * stride - padding; }

  // The taps of window o that are inside the image.
  Range taps(i32 o) const {
    const i32 start = maximum(0, ceilDivide(-origin(o), dilation));
    return {start, maximum(start, minimum(kernel, ceilDivide(in - origin(o), dilation)))};
  }

  // The windows whose tap k is inside the image.
  Range windows(i32 k) const {
    const i32 shift = padding - k * dilation;
    const i32 start = minimum(out, maximum(0, ceilDivide(shift, stride)));
    return {start, maximum(start, minimum(out, ceilDivide(in + shift, stride)))};
  }
};

}  // namespace convgrad
