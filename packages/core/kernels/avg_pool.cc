// Average pooling over planes of up to three dimensions, by vectors of neighbouring windows or by sums of lines, and its adjoint. Squares of 2x2 side by
// side are summed as they are read.
#include "run_sums.h"
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

// y = x / divisor by whole vectors, over the end of what is asked for.
template <class T>
inline void divideRow(const T* x, T* y, i32 from, i32 to, T divisor) {
  for (i32 i = from; i < to; i += lanes<T>) store(y + i, load(x + i) / divisor);
}

// y = x / the divisors of a row's windows; y has room up to the end of a vector.
template <class T, class Args>
inline void divideByCounts(const Args& args, const WindowRow& row, const T* x, T* y) {
  const WindowAxis& width = row.width;
  if (args.divisorOverride != 0) return divideRow(x, y, 0, width.out, static_cast<T>(args.divisorOverride));
  const i32 outer = countedElements(args, row.depth, 0, row.od) * countedElements(args, row.height, 1, row.oh);
  divideRow(x, y, width.interior.start, width.interior.end, static_cast<T>(outer * width.kernel));
  const auto single = [&](i32 ow) { y[ow] = x[ow] / static_cast<T>(outer * countedElements(args, width, 2, ow)); };
  for (i32 ow = 0; ow < width.interior.start; ++ow) single(ow);
  for (i32 ow = width.interior.end; ow < width.out; ++ow) single(ow);
}

// Copies a row by whole vectors, over its end unless `end` is near: what lies behind it is written later.
template <class T>
inline void copyOver(const T* x, T* y, i32 count, const T* end) {
  if (end - y < count + lanes<T>) return copyRow(x, y, count);
  for (i32 i = 0; i < count; i += lanes<T>) store(y + i, load(x + i));
}

// Whether a row has fewer windows than a window has columns, or its windows do not suit vectors: then the lines are added up first.
template <class T>
inline bool sumsLines(const WindowRow& row) {
  return !WindowLines::suit<T>(row) || (row.width.kernel >= lanes<T> && row.width.out < row.width.kernel);
}

// The windows' lines are added up into one, with its padding, of which every window sums its part.
template <class T>
void sumLines(const WindowRow& row, const T* x, T* sums, T* padded) {
  const WindowAxis& width = row.width;
  const i32 span = (width.out - 1) * width.stride + width.kernel;
  const i32 seen = minimum(width.in, span - width.padding);
  T* const line = padded + width.padding;
  fillRow<T>(padded, 0, span);
  for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
    for (i32 kh = row.h.start; kh < row.h.end; ++kh) addRow(x + row.line(kd, kh), line, seen);
  }
  sumRuns(padded, width.stride, width.out, width.kernel, [=](i32 ow, T sum) { sums[ow] = sum; });
}

template <class T, class Stride>
void sumVectors(const WindowRow& row, const T* x, T* y, Stride stride) {
  const WindowAxis width = row.width;
  const WindowLines lines(row);
  forEachWindowVector<T>(width, [&](i32 ow, i32, auto masked) {
    const i32 origin = width.origin(ow);
    Vector<T> sum{};
    for (i32 line = 0; line < lines.count; ++line) {
      const T* start = x + lines.starts[line];
      Vector<T> lineSum{};
      for (i32 kw = 0; kw < width.kernel; ++kw) lineSum += loadTap(start, origin + kw, stride, width.in, static_cast<T>(0), masked);
      sum += lineSum;
    }
    store(y + ow, sum);
  });
}

// The divisor of all windows, where it is the same and each is one run of the image; 0 elsewhere.
template <class Args>
inline i32 runDivisor(const Args& args) {
  bool isRun = args.outSize[2] == 1 && args.padding[2] == 0 && args.kernelSize[2] <= args.inSize[2];
  for (int dim = 0; dim < 2; ++dim) isRun &= args.inSize[dim] == 1 && args.outSize[dim] == 1 && args.kernelSize[dim] == 1 && args.padding[dim] == 0;
  if (!isRun) return 0;
  return args.divisorOverride != 0 ? args.divisorOverride : args.kernelSize[2];
}

// Whether all windows are squares of 2x2 inside of the image, side by side.
template <class Args>
inline bool areSquares(const Args& args) {
  bool same = args.inSize[0] == 1 && args.outSize[0] == 1 && args.kernelSize[0] == 1 && args.padding[0] == 0;
  for (int dim = 1; dim < 3; ++dim) {
    same &= args.kernelSize[dim] == 2 && args.stride[dim] == 2 && args.padding[dim] == 0 && 2 * args.outSize[dim] <= args.inSize[dim];
  }
  return same;
}

// Planes [first, end) of such windows; whole vectors are written over the end of a row, which the next one writes over again.
template <class T>
void averageSquares(const AvgPoolArgs<T>& args, i32 first, i32 end) {
  const i32 width = args.inSize[2], out = args.outSize[2];
  const T divisor = static_cast<T>(args.divisorOverride != 0 ? args.divisorOverride : 4);
  const T* const last = args.y + end * planeSize(args.outSize);
  T* y = args.y + first * planeSize(args.outSize);
  for (i32 plane = first; plane < end; ++plane) {
    const T* x = args.x + plane * planeSize(args.inSize);
    for (i32 row = 0; row < args.outSize[1]; ++row, x += 2 * width, y += out) {
      for (i32 ow = 0; ow < out; ow += lanes<T>) {
        const T* const from = x + 2 * ow;
        const Vector<T> a = load(from) + load(from + width), b = load(from + lanes<T>) + load(from + lanes<T> + width);
        const Vector<T> mean = (evenElements(a, b, LaneSequence<T>{}) + oddElements(a, b, LaneSequence<T>{})) / divisor;
        if (last - (y + ow) >= lanes<T>) store(y + ow, mean);
        else storePart<T>(y + ow, mean, out - ow);
      }
    }
  }
}

template <class T>
void avgPool(const AvgPoolArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  if (areSquares(args)) return averageSquares(args, shareStart(args.planes, task.index, task.count), shareStart(args.planes, task.index + 1, task.count));
  if (const i32 divisor = runDivisor(args)) {
    const i32 first = shareStart(args.planes, task.index, task.count), count = shareStart(args.planes, task.index + 1, task.count) - first;
    T* const y = args.y + first;
    return sumRuns(args.x + first * inPlane, inPlane, count, args.kernelSize[2], [=](i32 i, T sum) { y[i] = sum / static_cast<T>(divisor); });
  }
  T* const sums = reinterpret_cast<T*>(args.scratch + task.worker * args.scratchStride);
  T* const means = sums + args.outSize[2] + lanes<T>;
  T* const line = means + args.outSize[2] + lanes<T>;
  const T* const end = args.y + shareStart(args.planes, task.index + 1, task.count) * outPlane;
  forEachWindowRow(args, task, [&](i32 plane, const WindowRow& row, i32 first) {
    const T* x = args.x + plane * inPlane;
    if (sumsLines<T>(row)) {
      sumLines(row, x, sums, line);
    } else {
      withStride(row.width.stride, [&](auto stride) { sumVectors(row, x, sums, stride); });
    }
    divideByCounts(args, row, sums, means);
    copyOver(means, args.y + plane * outPlane + first, row.width.out, end);
  });
}

// line[ow * stride + kw] = the sum of the shares of the windows that see it.
template <class T>
inline void spreadShares(const WindowAxis& width, const T* share, T* line) {
  const bool isDisjoint = width.stride >= width.kernel || width.out == 1;
  if (isDisjoint && width.kernel == 2 && width.stride == 2) {
    // Up to the end of a vector: there is room.
    for (i32 ow = 0; ow < width.out; ow += lanes<T>) {
      const Vector<T> v = load(share + ow);
      store(line + 2 * ow, alternateLow(v, v, LaneSequence<T>{}));
      store(line + 2 * ow + lanes<T>, alternateHigh(v, v, LaneSequence<T>{}));
    }
    return;
  }
  fillRow<T>(line, 0, (width.out - 1) * width.stride + width.kernel);
  if (isDisjoint && width.kernel >= lanes<T>) {
    for (i32 ow = 0; ow < width.out; ++ow) fillRow<T>(line + ow * width.stride, share[ow], width.kernel);
    return;
  }
  withStride(width.stride, [&](auto stride) {
    for (i32 kw = 0; kw < width.kernel; ++kw) {
      for (i32 ow = 0; ow < width.out; ++ow) line[ow * stride + kw] += share[ow];
    }
  });
}

// The windows along a dimension whose windows share no element: the one that sees place i, or -1.
inline i32 windowAt(const WindowAxis& axis, i32 i) {
  const i32 o = minimum((i + axis.padding) / axis.stride, axis.out - 1);
  return i - axis.origin(o) < axis.kernel ? o : -1;
}

inline bool areDisjoint(const WindowAxis& axis) { return axis.out == 1 || axis.stride >= axis.kernel; }

// Every element of the image gets the shares of the windows that see it. A window's taps on a line are neighbours, so the shares are
// spread along one line first, padding included, which all lines get that the windows see.
template <class T>
struct ShareSpreader {
  const AvgPoolGradArgs<T>& args;
  WindowAxis depth, height, width;
  T* share;
  T* line;
  i32 seen;

  ShareSpreader(const AvgPoolGradArgs<T>& args, T* scratch)
      : args(args),
        depth(WindowAxis::of(args, 0)),
        height(WindowAxis::of(args, 1)),
        width(WindowAxis::of(args, 2)),
        share(scratch),
        line(scratch + width.out + lanes<T>),
        seen(minimum(width.in, (width.out - 1) * width.stride + width.kernel - width.padding)) {}

  void spread(const WindowRow& row, const T* g) {
    divideByCounts<T>(args, row, g, share);
    spreadShares<T>(width, share, line);
  }

  // Windows that share no line: each line is written once. Nothing is written from `end` on.
  void write(const T* g, T* dx, const T* end) {
    i32 spreadRow = -1;
    for (i32 d = 0; d < depth.in; ++d) {
      const i32 od = windowAt(depth, d);
      for (i32 h = 0; h < height.in; ++h, dx += width.in) {
        const i32 oh = windowAt(height, h);
        if (od < 0 || oh < 0) {
          fillRow<T>(dx, 0, width.in);
          continue;
        }
        const i32 number = od * height.out + oh;
        if (number != spreadRow) spread(WindowRow(depth, height, width, od, oh), g + number * width.out);
        spreadRow = number;
        copyOver(line + width.padding, dx, seen, end);
        fillRow<T>(dx + seen, 0, width.in - seen);
      }
    }
  }

  void add(const T* g, T* dx) {
    fillRow<T>(dx, 0, planeSize(args.inSize));
    for (i32 od = 0; od < depth.out; ++od) {
      for (i32 oh = 0; oh < height.out; ++oh, g += width.out) {
        const WindowRow row(depth, height, width, od, oh);
        spread(row, g);
        for (i32 kd = row.d.start; kd < row.d.end; ++kd) {
          for (i32 kh = row.h.start; kh < row.h.end; ++kh) addRow(line + width.padding, dx + row.line(kd, kh), seen);
        }
      }
    }
  }
};

template <class T>
void avgPoolGrad(const AvgPoolGradArgs<T>& args, Task task) {
  const i32 inPlane = planeSize(args.inSize), outPlane = planeSize(args.outSize);
  const i32 end = shareStart(args.planes, task.index + 1, task.count);
  i32 plane = shareStart(args.planes, task.index, task.count);
  const i32 divisor = runDivisor(args);
  if (divisor != 0 && args.kernelSize[2] == inPlane) {
    // Whole vectors are written over the end of a plane, which the next one writes over again.
    const T* const g = args.gradOutput;
    T* dx = args.gradInput + plane * inPlane;
    for (; plane < end; ++plane, dx += inPlane) {
      const T share = g[plane] / static_cast<T>(divisor);
      if (end - plane <= lanes<T>) {
        fillRow<T>(dx, share, inPlane);
        continue;
      }
      const Vector<T> shares = splat(share);
      for (i32 i = 0; i < inPlane; i += lanes<T>) store(dx + i, shares);
    }
    return;
  }
  ShareSpreader<T> spreader(args, reinterpret_cast<T*>(args.scratch + task.worker * args.scratchStride));
  const bool isDisjoint = areDisjoint(spreader.depth) && areDisjoint(spreader.height);
  for (; plane < end; ++plane) {
    const T* const g = args.gradOutput + plane * outPlane;
    T* const dx = args.gradInput + plane * inPlane;
    if (isDisjoint) {
      spreader.write(g, dx, args.gradInput + end * inPlane);
    } else {
      spreader.add(g, dx);
    }
  }
}

}  // namespace convgrad
