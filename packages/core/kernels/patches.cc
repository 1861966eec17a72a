// Patches of images as columns (unfold, im2col), and columns added up to images (fold, col2im): each is the other's adjoint.
#include "windows.h"

namespace convgrad {

// The windows whose tap at `origin` (of window 0) lies in the image.
inline Range windowsInside(i32 in, i32 out, i32 stride, i32 origin) {
  const i32 start = minimum(out, maximum(0, ceilDivide(-origin, stride)));
  return {start, maximum(start, minimum(out, ceilDivide(in - origin, stride)))};
}

// y [planes, kernelSize, outSize] = x [planes, inSize] at out * stride + tap * dilation - padding, 0 outside. Tasks share the lines of y.
template <class T>
void unfold(const UnfoldArgs<T>& args, Task task) {
  const i32 *in = args.inSize, *out = args.outSize, *kernel = args.kernelSize, *stride = args.stride;
  const i32 linesOfTap = out[0] * out[1];
  const i32 lines = args.planes * kernel[0] * kernel[1] * kernel[2] * linesOfTap;
  const i32 end = shareStart(lines, task.index + 1, task.count);
  for (i32 line = shareStart(lines, task.index, task.count); line < end;) {
    i32 tap = line / linesOfTap;
    i32 inTap = line % linesOfTap;
    const i32 count = minimum(linesOfTap - inTap, end - line);
    T* y = args.y + line * out[2];
    i32 origin[3];
    for (int dim = 2; dim >= 0; --dim) {
      origin[dim] = tap % kernel[dim] * args.dilation[dim] - args.padding[dim];
      tap /= kernel[dim];
    }
    const T* x = args.x + tap * in[0] * in[1] * in[2];
    const Range inside = windowsInside(in[2], out[2], stride[2], origin[2]);
    const i32 width = inside.end - inside.start;
    for (i32 i = 0; i < count; ++i, ++inTap, y += out[2]) {
      const i32 d = inTap / out[1] * stride[0] + origin[0];
      const i32 h = inTap % out[1] * stride[1] + origin[1];
      if (d < 0 || d >= in[0] || h < 0 || h >= in[1]) {
        fillRow<T>(y, 0, out[2]);
        continue;
      }
      const T* from = x + (d * in[1] + h) * in[2] + inside.start * stride[2] + origin[2];
      fillRow<T>(y, 0, inside.start);
      if (stride[2] == 1) {
        copyRow(from, y + inside.start, width);
      } else {
        for (i32 o = 0; o < width; ++o) y[inside.start + o] = from[o * stride[2]];
      }
      fillRow<T>(y + inside.end, 0, out[2] - inside.end);
    }
    line += count;
  }
}

// The window whose tap at `origin` (of window 0) lies at place i; -1 if there is none.
inline i32 windowAt(i32 i, i32 out, i32 stride, i32 origin) {
  const i32 from = i - origin;
  return from >= 0 && from % stride == 0 && from / stride < out ? from / stride : -1;
}

// x [planes, inSize] = the sum of what lies at each place of y [planes, kernelSize, outSize], by rising taps. Tasks share the lines of x.
template <class T>
void fold(const FoldArgs<T>& args, Task task) {
  const i32 *in = args.inSize, *out = args.outSize, *kernel = args.kernelSize, *stride = args.stride;
  const i32 lines = args.planes * in[0] * in[1];
  const i32 patches = out[0] * out[1] * out[2];
  const i32 taps = kernel[0] * kernel[1] * kernel[2];
  const i32 end = shareStart(lines, task.index + 1, task.count);
  for (i32 line = shareStart(lines, task.index, task.count); line < end; ++line) {
    const i32 plane = line / in[1] / in[0];
    const i32 d = line / in[1] % in[0], h = line % in[1];
    const T* columns = args.y + plane * taps * patches;
    T* x = args.x + line * in[2];
    fillRow<T>(x, 0, in[2]);
    for (i32 kd = 0; kd < kernel[0]; ++kd) {
      const i32 od = windowAt(d, out[0], stride[0], kd * args.dilation[0] - args.padding[0]);
      if (od < 0) continue;
      for (i32 kh = 0; kh < kernel[1]; ++kh) {
        const i32 oh = windowAt(h, out[1], stride[1], kh * args.dilation[1] - args.padding[1]);
        if (oh < 0) continue;
        const T* row = columns + (kd * kernel[1] + kh) * kernel[2] * patches + (od * out[1] + oh) * out[2];
        for (i32 kw = 0; kw < kernel[2]; ++kw, row += patches) {
          const i32 origin = kw * args.dilation[2] - args.padding[2];
          const Range inside = windowsInside(in[2], out[2], stride[2], origin);
          T* to = x + inside.start * stride[2] + origin;
          const i32 width = inside.end - inside.start;
          if (stride[2] == 1) {
            addRow(row + inside.start, to, width);
          } else {
            for (i32 o = 0; o < width; ++o) to[o * stride[2]] += row[inside.start + o];
          }
        }
      }
    }
  }
}

}  // namespace convgrad
