// The adjoint of a convolution of stride 1 by its input, products first: for one image and a block of channels, the products of every
// weight with every output's gradient, one matrix product [channels * taps, outputs], whose rows are then added up, each shifted to
// where its tap read the image. No tap multiplies places outside the gradient, which the gathering direction cannot avoid where the
// image is larger than the outputs.
#pragma once

#include "image_lines.h"
#include "product.h"

namespace convgrad {

// Sums of more terms are made in blocks.
inline constexpr i32 scatterDepth = 256;

template <class T>
struct ScatterProduct {
  i32 inSize[3];
  i32 kernel[3];
  i32 out[3];
  i32 dilation[3];
  i32 padding[3];
  i32 channels;     // of the block
  i32 outChannels;  // which are summed over
  const T* gradOutput;
  const T* packed;
  const T* bias;  // of the block, or none
  T* x;

  i32 taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  i32 outVolume() const { return out[0] * out[1] * out[2]; }
  i32 inVolume() const { return inSize[0] * inSize[1] * inSize[2]; }
};

// Packs the weights of a block of channels, weight[o * rowStep + row] with rows = channels * taps, summed dimension by block.
template <class T>
void packScattered(const T* weight, i32 rowStep, i32 rows, i32 outChannels, T* packed) {
  const RowTiles tiles(rows);
  for (i32 tile = 0; tile < tiles.count; ++tile) {
    const T* from = weight + tiles.start(tile);
    for (i32 o = 0; o < outChannels; ++o, from += rowStep) {
      for (i32 i = 0; i < tiles.height(tile); ++i) *packed++ = from[i];
    }
  }
}

// Columns of the image that are summed at a time.
inline constexpr i32 rowVectors = 4;
template <class T>
inline constexpr i32 rowBlock = rowVectors * lanes<T>;

// For every column of the kernel, which columns of the image its products reach: all bits of an element set, or none.
template <class T>
struct ColumnMasks {
  T* masks;
  i32 pitch;

  ColumnMasks(const ScatterProduct<T>& product, T* memory) : masks(memory) {
    pitch = (product.inSize[2] + rowBlock<T> - 1) / rowBlock<T> * rowBlock<T>;
    std::memset(masks, 0, sizeof(T) * pitch * product.kernel[2]);
    for (i32 tap = 0; tap < product.kernel[2]; ++tap) {
      const i32 first = tap * product.dilation[2] - product.padding[2];
      const i32 start = minimum(maximum(first, 0), product.inSize[2]);
      const i32 end = maximum(start, minimum(first + product.out[2], product.inSize[2]));
      std::memset(masks + tap * pitch + start, 0xff, sizeof(T) * (end - start));
    }
  }
};

template <class T>
inline Vector<T> select(const T* x, const T* mask) {
  using Bits = Vector<i32>;
  return reinterpret_cast<Vector<T>>(*reinterpret_cast<const Bits*>(x) & *reinterpret_cast<const Bits*>(mask));
}

// Sums of up to `rowBlock` columns from `column` on of row (z, y) of a channel, whose products, `pitch` apart, begin at `products`.
template <class T>
[[gnu::noinline]] void sumColumns(const ScatterProduct<T>& product, const ColumnMasks<T>& masks, i32 pitch, const T* products, i32 z, i32 y,
                                  i32 column, T start, T* sums) {
  Vector<T> values[rowVectors];
  for (i32 v = 0; v < rowVectors; ++v) values[v] = splat(start);
  for (i32 tapZ = 0; tapZ < product.kernel[0]; ++tapZ) {
    const i32 outZ = z + product.padding[0] - tapZ * product.dilation[0];
    if (outZ < 0 || outZ >= product.out[0]) continue;
    for (i32 tapY = 0; tapY < product.kernel[1]; ++tapY) {
      const i32 outY = y + product.padding[1] - tapY * product.dilation[1];
      if (outY < 0 || outY >= product.out[1]) continue;
      const T* row = products + (tapZ * product.kernel[1] + tapY) * product.kernel[2] * pitch +
                     (outZ * product.out[1] + outY) * product.out[2];
      for (i32 tapX = 0; tapX < product.kernel[2]; ++tapX, row += pitch) {
        const i32 outX = column + product.padding[2] - tapX * product.dilation[2];
        if (outX <= -rowBlock<T> || outX >= product.out[2]) continue;
        const T* mask = masks.masks + tapX * masks.pitch + column;
        for (i32 v = 0; v < rowVectors; ++v) values[v] += select(row + outX + v * lanes<T>, mask + v * lanes<T>);
      }
    }
  }
  for (i32 v = 0; v < rowVectors; ++v) store(sums + v * lanes<T>, values[v]);
}

template <class T>
void sumChannel(const ScatterProduct<T>& product, const ColumnMasks<T>& masks, i32 pitch, const T* products, T start, T* row) {
  for (i32 z = 0; z < product.inSize[0]; ++z) {
    for (i32 y = 0; y < product.inSize[1]; ++y, row += product.inSize[2]) {
      i32 column = 0;
      for (; column + rowBlock<T> <= product.inSize[2]; column += rowBlock<T>) {
        sumColumns(product, masks, pitch, products, z, y, column, start, row + column);
      }
      if (column < product.inSize[2]) {
        T sums[rowBlock<T>];
        sumColumns(product, masks, pitch, products, z, y, column, start, sums);
        for (i32 i = column; i < product.inSize[2]; ++i) row[i] = sums[i - column];
      }
    }
  }
}

template <class T>
void scatterBlock(const ScatterProduct<T>& product, T* scratch) {
  const i32 taps = product.taps();
  const RowTiles tiles(product.channels * taps);
  const i32 outputs = product.outVolume();
  // Whole panels: what lies behind the outputs is never added.
  const i32 columns = (outputs + panelWidth<T> - 1) / panelWidth<T> * panelWidth<T>;
  T* products = scratch + rowBlock<T>;
  scratch = products;
  scratch += tiles.rows * columns;
  for (i32 o = 0; o < product.outChannels; o += scatterDepth) {
    const i32 depth = minimum(scatterDepth, product.outChannels - o);
    const Lines<T> lines = {product.gradOutput + o * outputs, outputs, depth, noOffset, 1};
    const PackedRows<T> rows = {product.packed, product.outChannels, o};
    const Epilogue<T> epilogue = {o > 0, nullptr, nullptr};
    multiplyLines(rows, tiles, 0, tiles.count, lines, columns, products, columns, epilogue, scratch);
  }
  const ColumnMasks<T> masks(product, scratch);
  for (i32 c = 0; c < product.channels; ++c, products += taps * columns) {
    sumChannel(product, masks, columns, products, product.bias ? product.bias[c] : T(0), product.x + c * product.inVolume());
  }
}

}  // namespace convgrad
