// A depthwise convolution of images with vectors over channels, and its adjoints by x and by the weight: a stride, and rows shorter than a vector,
// cost nothing but the turning of what is read and written. A vector of channels of an image is turned to a strip [row, column, lane] with the
// image's border, in which a tap is an offset.
//
// Tasks of both maps of images are shares of (image, vector of channels). The adjoint by the weight sums parts of the batch in stage 0, its tasks being
// (vector, part); stage 1 adds the parts in order, its tasks are shares of the vectors.
#include "blocks.h"
#include "image_lines.h"
#include "plane_columns.h"
#include "winograd_tiles.h"

namespace convgrad {

inline constexpr i32 outputsTogether = 4;
// Taps whose sums are kept in registers at a time.
inline constexpr i32 tapsTogether = 4;

// The strip of a vector of channels, and what lies behind it in a worker's memory: other lines, weights and offsets of the taps.
template <class T, class Args>
struct DepthwiseStrip {
  i32 rows, columns, taps;
  T *strip, *lines, *weights;
  i32* offsets;

  DepthwiseStrip(const Args& args, const Task& task) {
    const auto extent = [&](i32 d) {
      const i32 reach = (args.outSize[d] - 1) * args.stride[d] + (args.kernelSize[d] - 1) * args.dilation[d] + 1;
      return maximum(reach, args.inSize[d] + args.padding[d]);
    };
    rows = extent(1);
    columns = extent(2);
    taps = args.kernelSize[1] * args.kernelSize[2];
    strip = scratchOf<T>(args, task);
    // Lines are copied four columns at a time.
    lines = strip + (rows * columns + 4) * lanes<T>;
    weights = lines + (args.outSize[1] * args.outSize[2] + 4) * lanes<T>;
    offsets = reinterpret_cast<i32*>(weights + (taps + 4) * lanes<T>);
    for (i32 tap = 0; tap < taps; ++tap) {
      const i32 y = tap / args.kernelSize[2], x = tap % args.kernelSize[2];
      offsets[tap] = (y * args.dilation[1] * columns + x * args.dilation[2]) * lanes<T>;
    }
    for (i32 tap = taps; tap < taps + tapsTogether; ++tap) offsets[tap] = offsets[taps - 1];
  }

  // The place of the first tap of output (row, column).
  i32 place(const Args& args, i32 row, i32 column) const { return (row * args.stride[1] * columns + column * args.stride[2]) * lanes<T>; }
};

// Where the planes of a vector of channels begin, those of the last one for lanes behind it.
template <class T>
void listPlanes(const T* (&planes)[lanes<T>], const T* x, i32 channels, i32 vector, i32 step) {
  for (i32 lane = 0; lane < lanes<T>; ++lane) planes[lane] = x + minimum(vector * lanes<T> + lane, channels - 1) * step;
}

// weights[tap, lane].
template <class T, class Args>
void turnWeights(const Args& args, i32 vector, const DepthwiseStrip<T, Args>& memory) {
  const T* kernels[lanes<T>];
  listPlanes<T>(kernels, args.weight, args.groups, vector, memory.taps);
  for (i32 tap = 0; tap < memory.taps; tap += 4) {
    Vector<T> line[4];
    loadAcross<T>(kernels, tap, line);
    for (i32 k = 0; k < 4; ++k) store(memory.weights + (tap + k) * lanes<T>, line[k]);
  }
}

// The image with its border.
template <class T, class Args>
void turnImage(const Args& args, i32 image, i32 vector, const DepthwiseStrip<T, Args>& memory) {
  const T* planes[lanes<T>];
  const i32 plane = args.inSize[1] * args.inSize[2];
  listPlanes<T>(planes, args.x + image * args.groups * plane, args.groups, vector, plane);
  for (i32 row = 0; row < memory.rows; ++row) {
    copyLine<T>(planes, {row - args.padding[1], args.inSize[1], args.inSize[2], -args.padding[2], memory.columns}, memory.strip + row * memory.columns * lanes<T>);
  }
}

// lines[place, lane] = the gradient.
template <class T, class Args>
void turnGradient(const Args& args, i32 image, i32 vector, const DepthwiseStrip<T, Args>& memory) {
  const T* planes[lanes<T>];
  const i32 plane = args.outSize[1] * args.outSize[2];
  listPlanes<T>(planes, args.gradOutput + image * args.groups * plane, args.groups, vector, plane);
  copyLine<T>(planes, {0, 1, plane, 0, plane}, memory.lines);
}

// What planeVector asks for: the rows of the result are channels.
template <class T>
struct DepthwiseRows {
  i32 rows;
  const T* bias;
};

// sums[k, lane] = those of `count` outputs side by side, `step` numbers apart in the strip.
template <i32 count, class T>
[[gnu::noinline]] void sumTaps(const T* weights, const i32* offsets, i32 taps, const T* strip, i32 step, T* sums) {
  Vector<T> values[count] = {};
  for (i32 tap = 0; tap < taps; ++tap) {
    const T* from = strip + offsets[tap];
    const Vector<T> weight = load(weights + tap * lanes<T>);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < count; ++k) values[k] += weight * load(from + k * step);
  }
  CONVGRAD_UNROLL
  for (i32 k = 0; k < count; ++k) store(sums + k * lanes<T>, values[k]);
}

template <class T>
void depthwiseConv(const DepthwiseConvArgs<T>& args, Task task) {
  const DepthwiseStrip<T, DepthwiseConvArgs<T>> memory(args, task);
  const i32 vectors = blocksOf(args.groups, lanes<T>), height = args.outSize[1], width = args.outSize[2];
  const i32 step = args.stride[2] * lanes<T>;
  const i32 end = shareStart(args.batch * vectors, task.index + 1, task.count);
  for (i32 unit = shareStart(args.batch * vectors, task.index, task.count); unit < end; ++unit) {
    const i32 image = unit / vectors, vector = unit % vectors;
    turnWeights(args, vector, memory);
    turnImage(args, image, vector, memory);
    const PlaneVector<T> planes = planeVector<T>(DepthwiseRows<T>{args.groups, args.bias}, vector * lanes<T>, height * width);
    T* y = args.y + image * args.groups * height * width;
    for (i32 row = 0; row < height; ++row) {
      for (i32 column = 0; column < width; column += outputsTogether) {
        const T* from = memory.strip + memory.place(args, row, column);
        withConstant<1, outputsTogether>(minimum(outputsTogether, width - column), [&]<i32 count>(Constant<count>) {
          sumTaps<count, T>(memory.weights, memory.offsets, memory.taps, from, step, memory.lines + (row * width + column) * lanes<T>);
        });
      }
    }
    storeColumns<T>(memory.lines, 0, height * width, planes, y);
  }
}

// strip[offsets[tap]] += weight[tap] gradient for the taps of an output.
template <class T>
[[gnu::always_inline]] inline void scatterTaps(const T* weights, const i32* offsets, i32 taps, Vector<T> gradient, T* strip) {
  for (i32 tap = 0; tap < taps; ++tap) {
    T* const to = strip + offsets[tap];
    store(to, load(to) + load(weights + tap * lanes<T>) * gradient);
  }
}

template <class T>
void depthwiseInput(const DepthwiseInputArgs<T>& args, Task task) {
  const DepthwiseStrip<T, DepthwiseInputArgs<T>> memory(args, task);
  const i32 vectors = blocksOf(args.groups, lanes<T>), height = args.inSize[1], width = args.inSize[2];
  const i32 end = shareStart(args.batch * vectors, task.index + 1, task.count);
  for (i32 unit = shareStart(args.batch * vectors, task.index, task.count); unit < end; ++unit) {
    const i32 image = unit / vectors, vector = unit % vectors;
    turnWeights(args, vector, memory);
    turnGradient(args, image, vector, memory);
    fillZero(memory.strip, memory.rows * memory.columns * lanes<T>);
    const T* gradient = memory.lines;
    for (i32 row = 0; row < args.outSize[1]; ++row) {
      for (i32 column = 0; column < args.outSize[2]; ++column, gradient += lanes<T>) {
        scatterTaps<T>(memory.weights, memory.offsets, memory.taps, load(gradient), memory.strip + memory.place(args, row, column));
      }
    }
    const PlaneVector<T> planes = planeVector<T>(DepthwiseRows<T>{args.groups, args.bias}, vector * lanes<T>, height * width);
    T* x = args.x + image * args.groups * height * width;
    for (i32 row = 0; row < height; ++row) {
      storeColumns<T>(memory.strip + ((row + args.padding[1]) * memory.columns + args.padding[2]) * lanes<T>, 0, width, planes, x + row * width);
    }
  }
}

// sums[k, lane] += the products of a row of the gradient with what `tapsTogether` taps read of the strip, `step` numbers apart.
template <class T>
[[gnu::noinline]] void sumRows(const T* gradient, const T* strip, const i32* offsets, i32 count, i32 step, T* sums) {
  Vector<T> values[tapsTogether];
  const T* from[tapsTogether];
  CONVGRAD_UNROLL
  for (i32 k = 0; k < tapsTogether; ++k) {
    values[k] = load(sums + k * lanes<T>);
    from[k] = strip + offsets[k];
  }
  for (i32 i = 0; i < count; ++i) {
    const Vector<T> g = load(gradient + i * lanes<T>);
    CONVGRAD_UNROLL
    for (i32 k = 0; k < tapsTogether; ++k) values[k] += g * load(from[k] + i * step);
  }
  CONVGRAD_UNROLL
  for (i32 k = 0; k < tapsTogether; ++k) store(sums + k * lanes<T>, values[k]);
}

// partial[part, vector, tap, lane], with room for some taps more behind each vector's.
template <class T>
T* partOf(const DepthwiseWeightArgs<T>& args, i32 taps, i32 part, i32 vector) {
  return args.partial + (part * blocksOf(args.groups, lanes<T>) + vector) * (taps + tapsTogether) * lanes<T>;
}

template <class T>
void depthwiseWeight(const DepthwiseWeightArgs<T>& args, Task task) {
  const DepthwiseStrip<T, DepthwiseWeightArgs<T>> memory(args, task);
  const i32 vectors = blocksOf(args.groups, lanes<T>), taps = memory.taps;
  if (args.stage == 0) {
    const i32 vector = task.index / args.parts, part = task.index % args.parts;
    const i32 width = args.outSize[2];
    T* sums = partOf(args, taps, part, vector);
    fillZero(sums, (taps + tapsTogether) * lanes<T>);
    for (i32 image = shareStart(args.batch, part, args.parts); image < shareStart(args.batch, part + 1, args.parts); ++image) {
      turnImage(args, image, vector, memory);
      turnGradient(args, image, vector, memory);
      for (i32 row = 0; row < args.outSize[1]; ++row) {
        const T* from = memory.strip + memory.place(args, row, 0);
        const T* gradient = memory.lines + row * width * lanes<T>;
        for (i32 tap = 0; tap < taps; tap += tapsTogether) {
          sumRows<T>(gradient, from, memory.offsets + tap, width, args.stride[2] * lanes<T>, sums + tap * lanes<T>);
        }
      }
    }
    return;
  }
  const i32 end = shareStart(vectors, task.index + 1, task.count);
  for (i32 vector = shareStart(vectors, task.index, task.count); vector < end; ++vector) {
    for (i32 tap = 0; tap < taps; ++tap) {
      Vector<T> sum = {};
      for (i32 part = 0; part < args.parts; ++part) sum += load(partOf(args, taps, part, vector) + tap * lanes<T>);
      for (i32 lane = 0; lane < minimum(lanes<T>, args.groups - vector * lanes<T>); ++lane) args.weight[(vector * lanes<T> + lane) * taps + tap] = sum[lane];
    }
  }
}

}  // namespace convgrad
