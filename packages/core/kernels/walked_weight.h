// The adjoint of a convolution by its weight plane by plane without copies, by the dot products of walk_dot.h.
#pragma once

#include "forward_product.h"
#include "walk_dot.h"
#include "walked_plane.h"

namespace convgrad {

// Columns of taps that a walk takes at a time at most, whose sums fit in registers beside a row of each tap and a line.
constexpr i32 dotWalkColumns(i32 taps) { return minimum(5, (vectorRegisters - 1 - taps) / taps); }

// The dot products of a convolution, by the columns of taps that they take.
template <class T>
struct DotWalks {
  using Walk = void (*)(const T*, const T*, const PlaneWalk&, i32, i32, T*);
  i32 taps, columns;  // of a walk at most
  i32 width;          // of its vectors
  Walk walks[5];

  // No taps where walks do not serve.
  static DotWalks suiting(const Gather& gather, const i32* size) {
    DotWalks walks = {};
    withWalk<T>(walkTaps(gather, size[1]), size[2], [&]<i32 taps, i32 width>(Constant<taps>, Constant<width>) {
      walks = of<taps, width>(std::make_integer_sequence<i32, dotWalkColumns(taps)>());
    });
    return walks;
  }

  // The walk for so many columns of taps, or for as many as it can.
  Walk taking(i32 count) const { return walks[minimum(count, columns) - 1]; }

 private:
  template <i32 taps, i32 width, i32... fewer>
  static DotWalks of(std::integer_sequence<i32, fewer...>) {
    return {taps, sizeof...(fewer), width, {walkDot<T, taps, fewer + 1, width>...}};
  }
};

template <class T>
struct WalkedWeight {
  const PlaneWeightArgs<T>& args;
  Gather gather;
  DotWalks<T> walks;
  bool isOne;  // whether planes are one block and take one walk, `whole`
  PlaneWalk whole;
  T* scratch;

  // For `groups` groups, whose sums are kept in `memory`.
  WalkedWeight(const PlaneWeightArgs<T>& args, T* memory, i32 groups)
      : args(args), gather(forwardGather(args)), walks(DotWalks<T>::suiting(gather, args.blockSize)), scratch(memory) {
    isOne = takesOneWalk(gather, args.inChannels, walks.taps, walks.columns);
    for (i32 d = 0; d < 3; ++d) isOne = isOne && args.blockSize[d] == gather.out[d];
    whole = walkOf(gather, walks.taps, gather.first[1], gather.source[1], gather.out[1], gather.out[2]);
    fillZero(scratch, groups * sumElements());
  }

  // Lane by lane sums of a group: [rows, channels, slices of taps, columns' heights, columns, taps, lanes].
  i32 sumElements() const { return args.outChannels * args.inChannels * gather.tapCount() * walks.width; }

  // Adds one block's part of a group's gradient to its sums.
  void addBlock(i32 image, i32 group, const i32* start, i32 place) const {
    T* sums = scratch + place * sumElements();
    if (isOne) return addPlane(image * args.groups + group, sums);
    const i32 sliceStep = gather.out[1] * gather.out[2];
    const T* grad = args.gradOutput + (image * args.groups + group) * args.outChannels * gather.out[0] * sliceStep +
                    start[0] * sliceStep + start[1] * gather.out[2] + start[2];
    const T* x = args.x + (image * args.groups + group) * args.inChannels * gather.sourceVolume();
    i32 size[3];
    for (i32 d = 0; d < 3; ++d) size[d] = minimum(args.blockSize[d], gather.out[d] - start[d]);
    for (i32 row = 0; row < args.outChannels; ++row, grad += gather.out[0] * sliceStep) {
      for (i32 channel = 0; channel < args.inChannels; ++channel) {
        const T* source = x + channel * gather.sourceVolume();
        for (i32 tapZ = 0; tapZ < gather.taps[0]; ++tapZ) {
          for (i32 tapY = 0; tapY < gather.taps[1]; tapY += walks.taps, sums += gather.taps[2] * walks.taps * walks.width) {
            addTaps(grad, source, start, size, tapZ, tapY, sums);
          }
        }
      }
    }
  }

  // The gradient of a group, from its sums.
  void finish(i32 place, T* y) const {
    const T* sums = scratch + place * sumElements();
    const i32 runs = args.outChannels * args.inChannels * gather.taps[0] * gather.taps[1] / walks.taps;
    for (i32 run = 0; run < runs; ++run, y += walks.taps * gather.taps[2]) {
      for (i32 tapX = 0; tapX < gather.taps[2]; ++tapX) {
        for (i32 k = 0; k < walks.taps; ++k, sums += walks.width) {
          T sum = 0;
          for (i32 lane = 0; lane < walks.width; ++lane) sum += sums[lane];
          y[k * gather.taps[2] + tapX] = sum;
        }
      }
    }
  }

 private:
  // Adds a plane's products with the gradient's `outChannels` planes.
  void addPlane(i32 plane, T* sums) const {
    const i32 planeSize = gather.out[1] * gather.out[2];
    const T* grad = args.gradOutput + plane * args.outChannels * planeSize;
    const T* x = args.x + plane * gather.sourceVolume() + gather.first[1] * gather.source[2] + whole.firstLine * whole.lineStep;
    for (i32 row = 0; row < args.outChannels; ++row, grad += planeSize, sums += gather.tapCount() * walks.width) {
      walks.taking(gather.taps[2])(grad, x, whole, gather.first[2], gather.out[2], sums);
    }
  }

  // The products with the columns of taps from (tapZ, tapY) on.
  void addTaps(const T* grad, const T* source, const i32* start, const i32* size, i32 tapZ, i32 tapY, T* sums) const {
    const i32 classes = walkClasses(gather);
    for (i32 z = 0; z < size[0]; ++z) {
      const i32 slice = gather.first[0] + (start[0] + z) * gather.stride[0] + tapZ * gather.tapStep[0];
      if (slice < 0 || slice >= gather.source[0]) continue;
      for (i32 first = 0; first < minimum(classes, size[1]); ++first) {
        const i32 line = gather.first[1] + (start[1] + first) * gather.stride[1] + tapY * gather.tapStep[1];
        const i32 rows = classes == 1 ? size[1] : ceilDivide(size[1] - first, classes);
        const PlaneWalk walk = walkOf(gather, walks.taps, line, gather.source[1], rows, classes * gather.out[2]);
        if (walk.firstLine >= walk.endLine) continue;
        const T* g = grad + (z * gather.out[1] + first) * gather.out[2];
        const T* x = source + (slice * gather.source[1] + line) * gather.source[2] + walk.firstLine * walk.lineStep;
        for (i32 tapX = 0; tapX < gather.taps[2]; tapX += walks.columns) {
          const i32 place = gather.first[2] + start[2] + tapX * gather.tapStep[2];
          walks.taking(gather.taps[2] - tapX)(g, x, walk, place, size[2], sums + tapX * walks.taps * walks.width);
        }
      }
    }
  }
};

}  // namespace convgrad
