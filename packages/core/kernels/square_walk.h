// Depthwise convolutions of 3x3 with stride 1 where registers do not hold a walk down the image itself (plane_walk.h), as in WebAssembly: a register tile
// walks down a copy of a plane two rows at a time, the nine weights in registers.
#pragma once

#include "bordered_plane.h"
#include "gather_product.h"
#include "plane_tile.h"

namespace convgrad {

// A vector of every row: y[r * yStep + i] = start + the sum over taps (j, c) of weights[3 j + c] x[(r + j) * pitch + c + i], for at least two rows.
template <class T>
[[gnu::noinline]] void squareWalk(const T* weights, const T* x, std::ptrdiff_t pitch, T start, i32 rows, T* y, std::ptrdiff_t yStep) {
  constexpr i32 side = kernelSide;
  Vector<T> factors[side][side];
  CONVGRAD_UNROLL
  for (i32 i = 0; i < side * side; ++i) factors[i / side][i % side] = splat(weights[i]);
  const Vector<T> begin = splat(start);
  Vector<T> above, below;
  i32 sign = signOf(rows);
  for (;;) {
    const T* line = x;
    above = below = begin;
    CONVGRAD_UNROLL
    for (i32 j = 0; j <= side; ++j, line += pitch) {
      pinPointer(line);
      if (j > 0 && isBroken(sign, j)) goto done;
      CONVGRAD_UNROLL
      for (i32 c = 0; c < side; ++c) {
        const Vector<T> value = load(line + c);
        if (j < side) above += factors[j][c] * value;
        if (j > 0) below += factors[j - 1][c] * value;
        pin<T>(above);
        pin<T>(below);
      }
    }
    store(y, above);
    store(y + yStep, below);
    rows -= 2;
    if (rows <= 0) return;
    // The last two lie over the two before them where the number is odd.
    const std::ptrdiff_t next = minimum(rows, 2);
    x += next * pitch;
    y += next * yStep;
  }
done:
  store(y, above);
  asm volatile("" : : : "memory");
  store(y + yStep, below);
}

// Whether square walks serve a product, whose blocks have so many rows.
template <class T>
bool servesSquareWalks(const GatherProduct<T>& product, const i32* blockSize) {
  const Gather& gather = product.gather;
  bool isDense = product.rows == 1 && product.channels == 1 && gather.taps[0] == 1 && gather.source[0] == 1 && gather.out[0] == 1 && gather.first[0] == 0;
  for (i32 d = 0; d < 3; ++d) isDense = isDense && gather.stride[d] == 1 && (gather.taps[d] == 1 || gather.tapStep[d] == 1);
  const bool isSquare = gather.taps[1] == kernelSide && gather.taps[2] == kernelSide;
  // The last block of several has two rows as well.
  const bool hasPairs = gather.out[1] > 1 && (gather.out[1] - 1) % blockSize[1] > 0;
  return isDense && isSquare && hasPairs && blockSize[2] == gather.out[2] && gather.out[2] >= lanes<T>;
}

// Blocks [first, end), counted over the planes of all groups of all images.
template <class T>
void walkSquares(const GatherProduct<T>& product, i32 groups, i32 blockRows, i32 first, i32 end, T* memory) {
  const Gather& gather = product.gather;
  const i32 height = gather.out[1], width = gather.out[2], sourceSize = gather.sourceVolume(), targetSize = product.targetRowStride();
  const i32 blocks = ceilDivide(height, blockRows);
  const BorderedPlane<T> copied(gather, blockRows, width + kernelSide - 1, memory);
  copied.clear();
  for (i32 unit = first; unit < end; ++unit) {
    const i32 plane = unit / blocks, group = plane % groups, row = unit % blocks * blockRows;
    copied.copy(product.source + plane * sourceSize, row);
    T weights[kernelSide * kernelSide];
    for (i32 tap = 0; tap < kernelSide * kernelSide; ++tap) {
      weights[tap] = product.weight[group * product.groupWeights() + product.weightView.tap(0, tap / kernelSide, tap % kernelSide)];
    }
    const T start = product.bias ? product.bias[group] : T(0);
    T* y = product.target + plane * targetSize + row * width;
    for (i32 column = 0; column < width; column += lanes<T>) {
      // The last vector lies over the one before it where the width is no multiple.
      const i32 place = minimum(column, width - lanes<T>);
      squareWalk(weights, copied.data + place, copied.pitch, start, minimum(blockRows, height - row), y + place, width);
    }
  }
}

}  // namespace convgrad
