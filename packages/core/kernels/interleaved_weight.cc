// The gradient of conv by its weight where the stride is 1, images interleaved (see interleaved.h):
// weight[o, c, tap] = sum over images and outputs of gradOutput[o, q] x[c, q + tap], a dot product of the vectors of all outputs.
//
// Stage 0: tasks are (group, part), a part being a share of all blocks of outputs, summed in order into its own matrix [depth, outChannels].
// Stage 1 adds the parts in order; its tasks are shares of the groups.
#include "dot_product.h"
#include "interleaved.h"

namespace convgrad {

// A dot tile (see micro_kernel.h) whose right rows are read at offsets: vector `step` of row j at b[j] + offsets[step].
template <class T, i32 rows, i32 columns>
[[gnu::noinline]] void gatheredTile(const T* a, i32 aStride, const T* const* b, const i32* offsets, i32 steps, T* sums) {
  Vector<T> values[rows][columns] = {};
  const T* left[rows];
  const T* right[columns];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < rows; ++i) left[i] = a + i * aStride;
  CONVGRAD_UNROLL
  for (i32 j = 0; j < columns; ++j) right[j] = b[j];
  for (i32 step = 0; step < steps; ++step) {
    const i32 offset = offsets[step];
    Vector<T> line[columns];
    CONVGRAD_UNROLL
    for (i32 j = 0; j < columns; ++j) line[j] = load(right[j] + offset);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows; ++i) {
      const Vector<T> factor = load(left[i] + step * lanes<T>);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < columns; ++j) values[i][j] += factor * line[j];
      CONVGRAD_UNROLL
      for (i32 j = 0; j < columns; ++j) pin<T>(values[i][j]);
    }
  }
  storeInOrder(sums, columns * lanes<T>, values);
}

// Places of a tap's first vector in the image, for columns of the kernel that tiles may overrun.
template <class T>
void listTaps(const InterleavedWeightArgs<T>& args, const BorderedImage& image, const T* x, const T** taps) {
  for (i32 channel = 0; channel < args.channels; ++channel) {
    for (i32 ky = 0; ky < args.kernelSize[1]; ++ky) {
      const T* line = x + (channel * image.rows + ky * args.dilation[1]) * image.columns * lanes<T>;
      for (i32 kx = 0; kx < args.kernelSize[2]; ++kx) *taps++ = line + kx * args.dilation[2] * lanes<T>;
    }
  }
  for (i32 i = 0; i < dotColumnsFor(1); ++i, ++taps) *taps = taps[-1];
}

// The products of gradient rows grad[rows, steps, lanes] with all taps, into y[taps, pitch].
template <class T>
void addProducts(const T* grad, i32 gradRows, const T* const* taps, i32 tapCount, const i32* offsets, i32 steps, bool isFirst, T* y, i32 pitch) {
  T sums[(vectorRegisters - 2) * lanes<T>];
  const RowTiles tiles(gradRows, tallestDotTile);
  for (i32 block = 0; block < tapCount; block += dotBlock) {
    const i32 end = minimum(block + dotBlock, tapCount);
    for (i32 tile = 0; tile < tiles.count; ++tile) {
      const i32 row = tiles.start(tile);
      withConstant<1, tallestDotTile>(tiles.height(tile), [&]<i32 rows>(Constant<rows>) {
        constexpr i32 columns = dotColumnsFor(rows);
        for (i32 tap = block; tap < end; tap += columns) {
          gatheredTile<T, rows, columns>(grad + row * steps * lanes<T>, steps * lanes<T>, taps + tap, offsets, steps, sums);
          addTile<T, rows>(sums, minimum(columns, end - tap), isFirst, y + tap * pitch + row, pitch);
        }
      });
    }
  }
}

template <class T>
void sumInterleaved(const InterleavedWeightArgs<T>& args, const Task& task) {
  const i32 part = task.index % args.parts, group = task.index / args.parts;
  const i32 height = args.outSize[1], width = args.outSize[2];
  const i32 tapCount = args.channels * args.kernelSize[1] * args.kernelSize[2];
  BorderedImage image = {args.channels, args.inSize[1], args.inSize[2], 0, 0, -args.padding[2],
                         width + (args.kernelSize[2] - 1) * args.dilation[2]};
  const i32 mostRows = args.blockRows + (args.kernelSize[1] - 1) * args.dilation[1];
  T* x = scratchOf<T>(args, task);
  T* grad = x + (args.channels * mostRows * image.columns + 4) * lanes<T>;
  const T** taps = reinterpret_cast<const T**>(grad + (args.rows * args.blockRows * width + 4) * lanes<T>);
  i32* offsets = reinterpret_cast<i32*>(taps + tapCount + dotColumnsFor(1));
  for (i32 row = 0; row < args.blockRows; ++row) {
    for (i32 column = 0; column < width; ++column) offsets[row * width + column] = (row * image.columns + column) * lanes<T>;
  }

  const i32 inVolume = args.inSize[1] * args.inSize[2];
  const i32 outVolume = height * width;
  T* y = args.partial + (part * args.groups + group) * tapCount * args.sumPitch;
  const i32 blocks = blocksOf(height, args.blockRows);
  const i32 count = blocksOf(args.batch, lanes<T>) * blocks;
  const i32 first = shareStart(count, part, args.parts), end = shareStart(count, part + 1, args.parts);
  for (i32 block = first; block < end; ++block) {
    const i32 firstRow = block % blocks * args.blockRows;
    const i32 rowCount = minimum(args.blockRows, height - firstRow);
    const i32 steps = rowCount * width;
    const i32 n = block / blocks * lanes<T>;
    image.firstRow = firstRow - args.padding[1];
    image.rows = rowCount + (args.kernelSize[1] - 1) * args.dilation[1];
    listTaps(args, image, x, taps);
    const T* source = args.x + (n * args.groups + group) * args.channels * inVolume;
    image.interleave(x, source, args.groups * args.channels * inVolume, args.batch - n);
    const T* from = args.gradOutput + (n * args.groups + group) * args.rows * outVolume + firstRow * width;
    for (i32 row = 0; row < args.rows; ++row) {
      interleave(grad + row * steps * lanes<T>, from + row * outVolume, args.groups * args.rows * outVolume, args.batch - n, steps);
    }
    addProducts(grad, args.rows, taps, tapCount, offsets, steps, block == first, y, args.sumPitch);
  }
}

template <class T>
void addInterleavedParts(const InterleavedWeightArgs<T>& args, i32 group) {
  const i32 depth = args.channels * args.kernelSize[1] * args.kernelSize[2];
  const i32 partStride = args.groups * depth * args.sumPitch;
  const T* sums = args.partial + group * depth * args.sumPitch;
  T* weight = args.weight + group * args.rows * depth;
  for (i32 row = 0; row < depth; ++row, sums += args.sumPitch) {
    for (i32 o = 0; o < args.rows; o += lanes<T>) {
      Vector<T> sum = load(sums + o);
      for (i32 part = 1; part < args.parts; ++part) sum += load(sums + part * partStride + o);
      for (i32 lane = 0; lane < minimum(lanes<T>, args.rows - o); ++lane) weight[(o + lane) * depth + row] = sum[lane];
    }
  }
}

template <class T>
void interleavedWeight(const InterleavedWeightArgs<T>& args, Task task) {
  if (args.stage == 0) return sumInterleaved(args, task);
  const i32 end = shareStart(args.groups, task.index + 1, task.count);
  for (i32 group = shareStart(args.groups, task.index, task.count); group < end; ++group) addInterleavedParts(args, group);
}

}  // namespace convgrad
