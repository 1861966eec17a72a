// y = conv(x, weight) + bias with stride 1, and its adjoint by x, images interleaved (see interleaved.h): the adjoint is the same with
// the weights turned round.
//
// Stage 0 packs the weights, its tasks being shares of the groups. Stage 1 multiplies; its tasks are (interleaved images, group, block of rows of outputs).
#include "interleaved.h"
#include "product.h"

namespace convgrad {

template <class T>
struct InterleavedProduct {
  const InterleavedConvArgs<T>& args;
  RowTiles tiles;
  i32 depth;
  explicit InterleavedProduct(const InterleavedConvArgs<T>& args)
      : args(args), tiles(args.rows), depth(args.channels * args.kernelSize[1] * args.kernelSize[2]) {}
  T* packedGroup(i32 group) const { return args.packed + group * args.rows * depth; }
};

// Tile by tile, in the order (row of the kernel, channel, column of the kernel).
template <class T>
void packInterleaved(const InterleavedProduct<T>& product, i32 group) {
  const InterleavedConvArgs<T>& args = product.args;
  const i32 taps = args.kernelSize[1] * args.kernelSize[2];
  const i32 rowStep = args.transposed ? taps : args.channels * taps;
  const i32 channelStep = args.transposed ? args.rows * taps : taps;
  const T* weight = args.weight + group * args.rows * args.channels * taps;
  T* packed = product.packedGroup(group);
  for (i32 tile = 0; tile < product.tiles.count; ++tile) {
    const T* row = weight + product.tiles.start(tile) * rowStep;
    for (i32 ky = 0; ky < args.kernelSize[1]; ++ky) {
      for (i32 channel = 0; channel < args.channels; ++channel) {
        for (i32 kx = 0; kx < args.kernelSize[2]; ++kx) {
          const i32 tap = ky * args.kernelSize[2] + kx;
          const T* w = row + channel * channelStep + (args.transposed ? taps - 1 - tap : tap);
          for (i32 i = 0; i < product.tiles.height(tile); ++i) *packed++ = w[i * rowStep];
        }
      }
    }
  }
}

// A stretch of columns of the kernel: which of them reach the image from some columns of outputs, where they read, and their weights.
template <class T>
struct ColumnTaps {
  i32 start = -1, end = -1;
  i32 depth = 0;  // of one row of the kernel
  const T* weights = nullptr;
  i32* offsets;
  T* memory;

  ColumnTaps(i32* offsets, T* memory) : offsets(offsets), memory(memory) {}

  void select(const InterleavedConvArgs<T>& args, const BorderedImage& image, const T* packed, i32 height, i32 from, i32 to) {
    if (from == start && to == end) return;
    start = from;
    end = to;
    depth = args.channels * (end - start);
    const i32 columns = args.kernelSize[2];
    i32* offset = offsets;
    for (i32 ky = 0; ky < args.kernelSize[1]; ++ky) {
      for (i32 channel = 0; channel < args.channels; ++channel) {
        const i32 row = (channel * image.rows + ky * args.dilation[1]) * image.columns;
        for (i32 kx = start; kx < end; ++kx) *offset++ = (row + kx * args.dilation[2]) * lanes<T>;
      }
    }
    weights = packed;
    if (end - start == columns) return;
    weights = memory;
    T* y = memory;
    for (i32 line = 0; line < args.kernelSize[1] * args.channels; ++line, packed += columns * height) {
      for (i32 i = start * height; i < end * height; ++i) *y++ = packed[i];
    }
  }
};

// Rows [firstRow, firstRow + rowCount) of outputs of the rows of one tile: sums[height, rowCount * width, lanes].
template <class T, i32 height>
void multiplyInterleaved(const InterleavedConvArgs<T>& args, const BorderedImage& image, const T* x, const T* packed, const T* start,
                         i32 firstRow, i32 rowCount, T* sums, ColumnTaps<T> taps) {
  constexpr i32 most = vectorsFor(height);
  const i32 width = args.outSize[2];
  const RowTiles columns(width, most);
  for (i32 tile = 0; tile < columns.count; ++tile) {
    const i32 column = columns.start(tile), count = columns.height(tile);
    // The first and the last column of the kernel that some of these outputs see in the image.
    const i32 first = column - args.padding[2];
    const i32 kxStart = minimum(args.kernelSize[2], maximum(0, ceilDivide(-(first + count - 1), args.dilation[2])));
    const i32 kxEnd = maximum(kxStart, Range(first, args.dilation[2], args.inSize[2], args.kernelSize[2]).end);
    taps.select(args, image, packed, height, kxStart, kxEnd);
    for (i32 row = 0; row < rowCount; ++row) {
      const i32 firstLine = firstRow + row - args.padding[1];
      const Range ky(firstLine, args.dilation[1], args.inSize[1], args.kernelSize[1]);
      const T* b = x + ((firstLine + ky.start * args.dilation[1] - image.firstRow) * image.columns + column) * lanes<T>;
      const T* a = taps.weights + ky.start * taps.depth * height;
      T* c = sums + (row * width + column) * lanes<T>;
      withConstant<1, most>(count, [&]<i32 vectors>(Constant<vectors>) {
        outerTile<T, height, vectors, false>(a, b, taps.offsets, (ky.end - ky.start) * taps.depth, start, c, rowCount * width * lanes<T>);
      });
    }
  }
}

template <class T>
void convolveInterleaved(const InterleavedProduct<T>& product, const Task& task) {
  const InterleavedConvArgs<T>& args = product.args;
  const i32 height = args.outSize[1], width = args.outSize[2];
  const i32 blocks = blocksOf(height, args.blockRows);
  const i32 firstRow = task.index % blocks * args.blockRows;
  const i32 group = task.index / blocks % args.groups;
  const i32 n = task.index / blocks / args.groups * lanes<T>;
  const i32 images = args.batch - n;
  const i32 rowCount = minimum(args.blockRows, height - firstRow);

  const BorderedImage image = {args.channels,
                               args.inSize[1],
                               args.inSize[2],
                               firstRow - args.padding[1],
                               rowCount + (args.kernelSize[1] - 1) * args.dilation[1],
                               -args.padding[2],
                               width + (args.kernelSize[2] - 1) * args.dilation[2]};
  T* x = scratchOf<T>(args, task);
  T* sums = x + (args.channels * image.planeElements() + 4) * lanes<T>;
  T* weights = sums + tallestTile * rowCount * width * lanes<T>;
  i32* offsets = reinterpret_cast<i32*>(weights + tallestTile * product.depth);

  const i32 inVolume = args.inSize[1] * args.inSize[2];
  const i32 outVolume = height * width;
  const T* bias = args.bias ? args.bias + group * args.rows : nullptr;
  image.interleave(x, args.x + (n * args.groups + group) * args.channels * inVolume, args.groups * args.channels * inVolume, images);
  for (i32 tile = 0; tile < product.tiles.count; ++tile) {
    const i32 row = product.tiles.start(tile), rows = product.tiles.height(tile);
    const T* packed = product.packedGroup(group) + row * product.depth;
    withConstant<1, tallestTile>(rows, [&]<i32 tileRows>(Constant<tileRows>) {
      multiplyInterleaved<T, tileRows>(args, image, x, packed, bias ? bias + row : zeros<T>, firstRow, rowCount, sums,
                                       ColumnTaps<T>(offsets, weights));
    });
    T* y = args.y + ((n * args.groups + group) * args.rows + row) * outVolume + firstRow * width;
    for (i32 i = 0; i < rows; ++i) {
      separate(y + i * outVolume, args.groups * args.rows * outVolume, sums + i * rowCount * width * lanes<T>, images, rowCount * width);
    }
  }
}

template <class T>
void interleavedConv(const InterleavedConvArgs<T>& args, Task task) {
  const InterleavedProduct<T> product(args);
  if (args.stage == 1) return convolveInterleaved(product, task);
  const i32 end = shareStart(args.groups, task.index + 1, task.count);
  for (i32 group = shareStart(args.groups, task.index, task.count); group < end; ++group) packInterleaved(product, group);
}

}  // namespace convgrad
