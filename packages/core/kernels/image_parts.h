// An image as the taps of a convolution see it: split by the remainders of its places by the stride into parts, in which outputs that lie
// side by side read places that lie side by side. With stride 1 the image is its only part.
#pragma once

#include "image_lines.h"
#include "vectors.h"

namespace convgrad {

struct ImageParts {
  const Gather& gather;
  i32 count;     // parts
  i32 first[3];  // the first place of a part that is taken
  i32 size[3];   // places that are taken

  // All places, or those that a block of outputs reads.
  ImageParts(const Gather& gather, const Block& block, bool isCut) : gather(gather) {
    count = gather.stride[0] * gather.stride[1] * gather.stride[2];
    for (i32 d = 0; d < 3; ++d) {
      const i32 whole = ceilDivide(gather.source[d], gather.stride[d]);
      first[d] = 0;
      size[d] = whole;
      // Rows of a block of whole rows stay whole, and slices of one of several slices.
      if (!isCut || (d == 1 && block.size[0] > 1) || (d == 2 && block.size[2] == gather.out[2])) continue;
      first[d] = minimum(maximum(0, block.start[d] + quotient(d, 0)), whole - 1);
      size[d] = maximum(1, minimum(whole, block.start[d] + block.size[d] + quotient(d, gather.taps[d] - 1)) - first[d]);
    }
  }

  i32 volume() const { return size[0] * size[1] * size[2]; }
  // Where a tap of output 0 reads.
  i32 place(i32 d, i32 tap) const { return gather.first[d] + tap * gather.tapStep[d]; }
  i32 remainder(i32 d, i32 tap) const { return (place(d, tap) % gather.stride[d] + gather.stride[d]) % gather.stride[d]; }
  i32 quotient(i32 d, i32 tap) const { return (place(d, tap) - remainder(d, tap)) / gather.stride[d]; }
  // The part that a tap reads, and how far behind the place of an output.
  i32 part(i32 z, i32 y, i32 x) const { return (remainder(0, z) * gather.stride[1] + remainder(1, y)) * gather.stride[2] + remainder(2, x); }
  i32 offset(i32 z, i32 y, i32 x) const {
    return ((quotient(0, z) - first[0]) * size[1] + quotient(1, y) - first[1]) * size[2] + quotient(2, x) - first[2];
  }
  // The outputs of a block whose tap reads inside the image.
  Range inside(const Block& block, i32 d, i32 tap) const {
    return Range(place(d, tap) + block.start[d] * gather.stride[d], gather.stride[d], gather.source[d], block.size[d]);
  }

  // Whether some tap reads a part's places in dimension d.
  bool isRead(i32 d, i32 rest) const {
    for (i32 tap = 0; tap < gather.taps[d]; ++tap) {
      if (remainder(d, tap) == rest) return true;
    }
    return false;
  }

  // y[parts that are read, channels, size], parts being `partStep` apart, which leaves room for a vector between them: rows are written
  // one behind the other, each over its end by less than a vector.
  template <class T>
  void split(const T* x, i32 channels, T* y, i32 partStep) const {
    const i32* stride = gather.stride;
    for (i32 channel = 0; channel < channels; ++channel, x += gather.sourceVolume(), y += volume()) {
      for (i32 rest = 0; rest < stride[0] * stride[1]; ++rest) {
        const i32 restSlice = rest / stride[1], restRow = rest % stride[1];
        if (!isRead(0, restSlice) || !isRead(1, restRow)) continue;
        T* to = y + rest * stride[2] * partStep;
        for (i32 slice = 0; slice < size[0]; ++slice) {
          const i32 z = (first[0] + slice) * stride[0] + restSlice;
          for (i32 row = 0; row < size[1]; ++row, to += size[2]) {
            const i32 line = (first[1] + row) * stride[1] + restRow;
            const T* from = x + (z * gather.source[1] + line) * gather.source[2] + first[2] * stride[2];
            if (z < gather.source[0] && line < gather.source[1]) splitRow(from, to, partStep);
            else for (i32 part = 0; part < stride[2]; ++part) fillZero(to + part * partStep, size[2]);
          }
        }
      }
    }
  }

 private:
  // What a part has beyond the row is never asked for.
  template <class T>
  void splitRow(const T* x, T* y, i32 partStep) const {
    const i32 parts = gather.stride[2];
    if (parts == 1) return copyOver(y, x, size[2]);
    if (parts == 2) {
      for (i32 i = 0; i < size[2]; i += lanes<T>) {
        const Vector<T> a = load(x + 2 * i), b = load(x + 2 * i + lanes<T>);
        store(y + i, evenElements(a, b, LaneSequence<T>{}));
        store(y + partStep + i, oddElements(a, b, LaneSequence<T>{}));
      }
      return;
    }
    for (i32 part = 0; part < parts; ++part, y += partStep) {
      for (i32 i = 0; i < size[2]; ++i) y[i] = x[i * parts + part];
    }
  }
};

}  // namespace convgrad
