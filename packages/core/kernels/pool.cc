// Max and average pooling over planes of up to three dimensions.
//
// A row of outputs is made tap by tap: tap k of all its windows lies on a line of the image with the windows' stride, and the windows
// whose tap is inside the image are neighbours. So the inner loops have no borders, whatever the padding.
#include "vectors.h"
#include "windows.h"

namespace convgrad {

template <i32 value>
struct Constant {
  constexpr operator i32() const { return value; }
};

// f(stride), where the usual strides are constants that the compiler makes loops of its own for.
template <class F>
inline void withStride(i32 stride, F f) {
  if (stride == 1) return f(Constant<1>{});
  if (stride == 2) return f(Constant<2>{});
  f(stride);
}

template <class T, class Stride>
inline void takeLarger(const T* x, Stride stride, i32 first, i32 count, T* best, i32* indices) {
  for (i32 i = 0; i < count; ++i) {
    const T v = x[i * stride];
    const bool take = (v > best[i]) | ((v != v) & (best[i] == best[i]));
    best[i] = take ? v : best[i];
    indices[i] = take ? first + i * stride : indices[i];
  }
}

template <class T>
void maxPoolPlane(const MaxPoolArgs<T>& args, const T* x, T* y, i32* indices) {
  // Where indices are not wanted they go to a row of their own, chunk by chunk.
  constexpr i32 chunk = 256;
  i32 unwanted[chunk];
  const WindowAxis depth = WindowAxis::of(args, 0), height = WindowAxis::of(args, 1), width = WindowAxis::of(args, 2);
  for (i32 od = 0; od < depth.out; ++od) {
    const Range kd = depth.taps(od);
    for (i32 oh = 0; oh < height.out; ++oh) {
      const Range kh = height.taps(oh);
      for (i32 start = 0; start < width.out; start += chunk) {
        const i32 end = minimum(width.out, start + chunk);
        i32* row = indices != nullptr ? indices : unwanted;
        const auto line = [&](i32 d, i32 h) {
          return ((depth.origin(od) + d * depth.dilation) * height.in + height.origin(oh) + h * height.dilation) * width.in;
        };
        for (i32 ow = start; ow < end; ++ow) {
          y[ow - start] = static_cast<T>(-INFINITY);
          const i32 first = line(kd.start, kh.start) + width.origin(ow) + width.taps(ow).start * width.dilation;
          // A dilated window may have no tap in the image; a gradient must not be written outside for that.
          row[ow - start] = minimum(first, depth.in * height.in * width.in - 1);
        }
        for (i32 d = kd.start; d < kd.end; ++d) {
          for (i32 h = kh.start; h < kh.end; ++h) {
            for (i32 w = 0; w < width.kernel; ++w) {
              const Range inside = width.windows(w);
              const i32 from = maximum(start, inside.start), to = minimum(end, inside.end);
              const i32 first = line(d, h) + width.origin(from) + w * width.dilation;
              withStride(width.stride, [&](auto stride) {
                takeLarger(x + first, stride, first, to - from, y + (from - start), row + (from - start));
              });
            }
          }
        }
        y += end - start;
        if (indices != nullptr) indices += end - start;
      }
    }
  }
}

// 2 x 2 windows with stride 2 and no padding, by vectors of windows.
template <class T>
void maxPoolPlane2x2(const MaxPoolArgs<T>& args, const T* x, T* y, i32* indices) {
  using V = Vector<T>;
  using I = Vector<i32>;
  constexpr i32 step = lanes<T>;
  const i32 inWidth = args.inSize[2], outWidth = args.outSize[2];
  I twice;
#pragma GCC unroll 16
  for (int lane = 0; lane < step; ++lane) twice[lane] = 2 * lane;
  for (i32 oh = 0; oh < args.outSize[1]; ++oh, y += outWidth) {
    for (i32 ow = 0; ow < outWidth; ow += step) {
      const i32 first = 2 * oh * inWidth + 2 * ow;
      const T* p = x + first;
      V even[2], odd[2];
      for (int row = 0; row < 2; ++row) {
        const V a = load(p + row * inWidth), b = load(p + row * inWidth + step);
        if constexpr (step == 4) {
          even[row] = __builtin_shufflevector(a, b, 0, 2, 4, 6);
          odd[row] = __builtin_shufflevector(a, b, 1, 3, 5, 7);
        } else if constexpr (step == 8) {
          even[row] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
          odd[row] = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
        } else {
          even[row] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
          odd[row] = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        }
      }
      V best = even[0];
      I index = twice + first;
      const auto take = [&](V v, i32 offset) {
        const I larger = (v > best) | ((v != v) & (best == best));
        best = larger ? v : best;
        index = larger ? twice + (first + offset) : index;
      };
      take(odd[0], 1);
      take(even[1], inWidth);
      take(odd[1], inWidth + 1);
      const i32 left = outWidth - ow;
      if (left >= step) {
        store(y + ow, best);
        if (indices != nullptr) store(indices + ow, index);
      } else {
        storePart<T>(y + ow, best, left);
        if (indices != nullptr) storePart<i32>(indices + ow, index, left);
      }
    }
    if (indices != nullptr) indices += outWidth;
  }
}

template <class Args>
inline bool isTwoByTwo(const Args& args) {
  const bool flat = args.inSize[0] == 1 && args.kernelSize[0] == 1 && args.outSize[0] == 1 && args.padding[0] == 0;
  bool two = flat;
  for (int dim = 1; dim < 3; ++dim) {
    two &= args.kernelSize[dim] == 2 && args.stride[dim] == 2 && args.dilation[dim] == 1 && args.padding[dim] == 0;
    two &= 2 * args.outSize[dim] <= args.inSize[dim];
  }
  return two;
}

inline i32 planeSize(const i32 size[3]) { return size[0] * size[1] * size[2]; }

template <class T>
void maxPool(const MaxPoolArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  const i32 end = shareStart(args.planes, task.index + 1, task.count);
  for (i32 plane = shareStart(args.planes, task.index, task.count); plane < end; ++plane) {
    const T* x = args.x + plane * inPlane;
    T* y = args.y + plane * outPlane;
    i32* indices = args.indices ? args.indices + plane * outPlane : nullptr;
    if constexpr (sizeof(T) == sizeof(i32)) {
      if (isTwoByTwo(args)) {
        maxPoolPlane2x2(args, x, y, indices);
        continue;
      }
    }
    maxPoolPlane(args, x, y, indices);
  }
}

// What the sum over a window is divided by, as a product of one factor a dimension.
template <class Args>
inline i32 divisorFactor(const Args& args, int dim, i32 o) {
  if (args.divisorOverride != 0) return dim == 0 ? args.divisorOverride : 1;
  const WindowAxis axis = WindowAxis::of(args, dim);
  if (args.countIncludePad == 0) {
    const Range taps = axis.taps(o);
    return taps.end - taps.start;
  }
  return minimum(axis.kernel, axis.in + args.paddingAfter[dim] - axis.origin(o));
}

// Calls line(first place in the plane of x, stride, first output of the row, count) for every tap of a row of windows that begins at
// output `start` and ends before `end`.
template <class Args, class F>
inline void forEachTap(const Args& args, i32 od, i32 oh, i32 start, i32 end, F line) {
  const WindowAxis depth = WindowAxis::of(args, 0), height = WindowAxis::of(args, 1), width = WindowAxis::of(args, 2);
  const Range kd = depth.taps(od), kh = height.taps(oh);
  for (i32 d = kd.start; d < kd.end; ++d) {
    for (i32 h = kh.start; h < kh.end; ++h) {
      const i32 row = ((depth.origin(od) + d) * height.in + height.origin(oh) + h) * width.in;
      for (i32 w = 0; w < width.kernel; ++w) {
        const Range inside = width.windows(w);
        const i32 from = maximum(start, inside.start), to = minimum(end, inside.end);
        withStride(width.stride, [&](auto stride) { line(row + width.origin(from) + w, stride, from, to - from); });
      }
    }
  }
}

// Calls row(od, oh, start, end, divisors) for stretches of all rows of outputs.
template <class T, class Args, class F>
inline void forEachOutputRow(const Args& args, F row) {
  constexpr i32 chunk = 256;
  T divisors[chunk];
  for (i32 od = 0; od < args.outSize[0]; ++od) {
    for (i32 oh = 0; oh < args.outSize[1]; ++oh) {
      const i32 outer = divisorFactor(args, 0, od) * divisorFactor(args, 1, oh);
      for (i32 start = 0; start < args.outSize[2]; start += chunk) {
        const i32 end = minimum(args.outSize[2], start + chunk);
        for (i32 ow = start; ow < end; ++ow) divisors[ow - start] = static_cast<T>(outer * divisorFactor(args, 2, ow));
        row(od, oh, start, end, divisors);
      }
    }
  }
}

template <class T>
void avgPool(const AvgPoolArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  const i32 last = shareStart(args.planes, task.index + 1, task.count);
  for (i32 plane = shareStart(args.planes, task.index, task.count); plane < last; ++plane) {
    const T* x = args.x + plane * inPlane;
    T* y = args.y + plane * outPlane;
    forEachOutputRow<T>(args, [&](i32 od, i32 oh, i32 start, i32 end, const T* divisors) {
      for (i32 i = 0; i < end - start; ++i) y[i] = 0;
      forEachTap(args, od, oh, start, end, [&](i32 place, auto stride, i32 from, i32 count) {
        for (i32 i = 0; i < count; ++i) y[from - start + i] += x[place + i * stride];
      });
      for (i32 i = 0; i < end - start; ++i) y[i] /= divisors[i];
      y += end - start;
    });
  }
}

template <class T>
void avgPoolGrad(const AvgPoolGradArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  const i32 last = shareStart(args.planes, task.index + 1, task.count);
  for (i32 plane = shareStart(args.planes, task.index, task.count); plane < last; ++plane) {
    const T* g = args.gradOutput + plane * outPlane;
    T* dx = args.gradInput + plane * inPlane;
    for (i32 i = 0; i < inPlane; ++i) dx[i] = 0;
    forEachOutputRow<T>(args, [&](i32 od, i32 oh, i32 start, i32 end, T* share) {
      for (i32 i = 0; i < end - start; ++i) share[i] = g[i] / share[i];
      forEachTap(args, od, oh, start, end, [&](i32 place, auto stride, i32 from, i32 count) {
        for (i32 i = 0; i < count; ++i) dx[place + i * stride] += share[from - start + i];
      });
      g += end - start;
    });
  }
}

}  // namespace convgrad
