// The adjoint of a convolution by its weight plane by plane, for few channels a group (see plane_conv.cc): for every pair of an output
// and an input channel, dot products of the gradient's plane with the image's, shifted by each tap.
//
// Stage 0: tasks are (share of the groups, part), a part being a share of all blocks of outputs of all images, summed in order into
// its own gradient. Stage 1 adds the parts in order; its tasks are shares of the weights. One part alone is the result already.
#include "columns.h"
#include "forward_product.h"
#include "plane_dot.h"
#include "planes.h"
#include "walked_weight.h"

namespace convgrad {

// What a tile takes at a time: columns of taps, and rows of outputs, which are a vector wide.
template <class T>
struct PlaneDot {
  using Tile = void (*)(const T*, const T*, const i32*, const DotWalk&, i32, T*);
  static constexpr i32 mostColumns = 6;
  static constexpr i32 mostSums = 9;
  i32 columns, rows;  // of a tile; no rows where it walks down the whole plane
  Tile tile;

  template <i32 taps, i32 step, i32 columns, i32 rows>
  static PlaneDot of() {
    static_assert(columns <= mostColumns && columns * taps <= mostSums);
    if constexpr (rows == 0) return {columns, 0, planeWalkDot<T, taps, columns>};
    else return {columns, rows, planeDotTile<T, taps, step, columns, rows>};
  }

  // All that a step loads fits beside its sums.
  static PlaneDot suiting(const PlaneColumns& columns) {
    switch (columns.taps) {
      case 1: return of<1, 1, 6, 1>();
      case 2: return columns.step == 1 ? of<2, 1, 3, 0>() : of<2, 2, 2, 1>();
      case 3: return columns.step == 1 ? of<3, 1, 3, 0>() : of<3, 2, 1, 2>();
      case 5: return columns.step == 1 ? of<5, 1, 1, 0>() : of<5, 2, 1, 2>();
      default: return columns.step == 1 ? of<7, 1, 1, 0>() : of<7, 2, 1, 1>();
    }
  }
};

template <class T>
struct PlaneWeight {
  const PlaneWeightArgs<T>& args;
  Gather gather;
  PlaneColumns columns;
  PlaneDot<T> dot;
  PlaneShape shape;
  i32 pitch;      // of copied rows of the gradient
  i32 sliceRows;  // of a slice of them
  i32* offsets;
  T* scratch;
  T* planes;

  // For `groups` groups, whose sums are kept.
  PlaneWeight(const PlaneWeightArgs<T>& args, T* memory, i32 groups) : args(args), gather(forwardGather(args)) {
    columns = PlaneColumns(gather, PlaneShape(gather, args.blockSize, lanes<T>), args.inChannels, args.blockSize[1]);
    dot = PlaneDot<T>::suiting(columns);
    // Rows that fill up the last tiles.
    sliceRows = args.blockSize[1] + maximum(0, dot.rows - 1) * columns.classes;
    const i32 size[3] = {args.blockSize[0], sliceRows, args.blockSize[2]};
    shape = PlaneShape(gather, size, lanes<T>);
    pitch = ceilDivide(args.blockSize[2], lanes<T>) * lanes<T>;
    offsets = reinterpret_cast<i32*>(memory);
    columns.forEach(gather, [&](i32 column, i32 channel, i32 z, i32 y, i32 x) { offsets[column] = shape.offset(gather, channel, z, y, x); });
    for (i32 column = columns.count; column < columns.count + dot.columns; ++column) offsets[column] = offsets[columns.count - 1];
    scratch = memory + (columns.count + dot.columns + lanes<T>) / lanes<T> * lanes<T>;
    planes = scratch + groups * sumElements();
    fillZero(scratch, groups * sumElements());
  }

  // Lane by lane sums of a group: [rows, tiles, columns * taps, lanes].
  i32 tileElements() const { return dot.columns * columns.taps * lanes<T>; }
  i32 sumElements() const { return args.outChannels * ceilDivide(columns.count, dot.columns) * tileElements(); }

  // Adds one block's part of a group's gradient to its sums.
  void addBlock(i32 image, i32 group, const i32* start, i32 place) const {
    T* sums = scratch + place * sumElements();
    const i32 outVolume = gather.out[0] * gather.out[1] * gather.out[2];
    copyPlanes(planes, shape, gather, start, args.x + (image * args.groups + group) * args.inChannels * gather.sourceVolume(), args.inChannels);
    T* copied = planes + args.inChannels * shape.channelStep;
    i32 size[3];
    for (i32 d = 0; d < 3; ++d) size[d] = minimum(args.blockSize[d], gather.out[d] - start[d]);
    const bool isWhole = size[2] % lanes<T> == 0 && size[1] % (maximum(1, dot.rows) * columns.classes) == 0;
    for (i32 row = 0; row < args.outChannels; ++row) {
      const T* grad = args.gradOutput + ((image * args.groups + group) * args.outChannels + row) * outVolume +
                      (start[0] * gather.out[1] + start[1]) * gather.out[2] + start[2];
      if (isWhole) {
        addPlane(grad, gather.out[2], gather.out[1] * gather.out[2], size, row, sums);
      } else {
        copyGrad(copied, grad, size);
        addPlane(copied, pitch, sliceRows * pitch, size, row, sums);
      }
    }
  }

 private:
  // Copies a block of the gradient, with zeros up to whole vectors and tiles.
  void copyGrad(T* y, const T* grad, const i32* size) const {
    const i32 whole = size[2] / lanes<T> * lanes<T>;
    const auto mask = lanesBelow<T>(size[2] - whole);
    for (i32 z = 0; z < size[0]; ++z) {
      for (i32 line = 0; line < sliceRows; ++line, y += pitch) {
        const T* x = grad + (z * gather.out[1] + line) * gather.out[2];
        if (line >= size[1]) {
          fillZero(y, pitch);
          continue;
        }
        copyOver(y, x, whole);
        if (whole < pitch) store(y + whole, mask ? load(x + whole) : Vector<T>{});
      }
    }
  }

  // Adds the products of a block of a plane of the gradient with all columns.
  void addPlane(const T* grad, i32 rowStep, i32 sliceStep, const i32* size, i32 row, T* sums) const {
    T tile[PlaneDot<T>::mostSums * lanes<T>];
    sums += row * (sumElements() / args.outChannels);
    for (i32 column = 0; column < columns.count; column += dot.columns, sums += tileElements()) {
      fillZero(tile, tileElements());
      for (i32 z = 0; z < size[0]; ++z) {
        for (i32 first = 0; first < minimum(columns.classes, size[1]); ++first) {
          const i32 rows = ceilDivide(size[1] - first, columns.classes);
          const DotWalk walk = {rows, columns.unit, columns.classes * rowStep};
          const i32 count = dot.rows == 0 ? rows : dot.rows;
          for (i32 row = 0; row < rows; row += count) {
            const i32 line = first + row * columns.classes;
            dot.tile(grad + z * sliceStep + line * rowStep, planes + shape.place(gather, z, line), offsets + column, walk, ceilDivide(size[2], lanes<T>), tile);
          }
        }
      }
      for (i32 i = 0; i < tileElements(); i += lanes<T>) store(sums + i, load(sums + i) + load(tile + i));
    }
  }

 public:
  // The gradient of a group, from its sums.
  void finish(i32 place, T* y) const {
    const T* sums = scratch + place * sumElements();
    const i32 taps = gather.tapCount();
    for (i32 row = 0; row < args.outChannels; ++row, y += args.inChannels * taps, sums += sumElements() / args.outChannels) {
      columns.forEach(gather, [&](i32 column, i32 channel, i32 tapZ, i32 tapY, i32 tapX) {
        T* to = y + channel * taps + (tapZ * gather.taps[1] + tapY) * gather.taps[2] + tapX;
        for (i32 k = 0; k < columns.taps; ++k) to[k * gather.taps[2]] = lanesTotal<T>(load(sums + (column * columns.taps + k) * lanes<T>));
      });
    }
  }
};

template <class T, class Planes>
void sumPlanes(const PlaneWeightArgs<T>& args, const Task& task) {
  const i32 part = task.index % args.parts;
  const i32 shares = task.count / args.parts;
  const i32 share = task.index / args.parts;
  const i32 firstGroup = shareStart(args.groups, share, shares);
  const i32 endGroup = shareStart(args.groups, share + 1, shares);
  const Planes planes(args, scratchOf<T>(args, task), endGroup - firstGroup);
  i32 blocks[3];
  for (i32 d = 0; d < 3; ++d) blocks[d] = ceilDivide(args.outSize[d], args.blockSize[d]);
  const i32 units = args.batch * blocks[0] * blocks[1] * blocks[2];
  const i32 first = shareStart(units, part, args.parts);
  const i32 end = shareStart(units, part + 1, args.parts);
  const i32 groupWeights = args.outChannels * args.inChannels * planes.gather.tapCount();
  for (i32 unit = first; unit < end; ++unit) {
    i32 rest = unit;
    i32 start[3];
    for (i32 d = 2; d >= 0; --d) {
      start[d] = rest % blocks[d] * args.blockSize[d];
      rest /= blocks[d];
    }
    for (i32 group = firstGroup; group < endGroup; ++group) planes.addBlock(rest, group, start, group - firstGroup);
  }
  for (i32 group = firstGroup; group < endGroup; ++group) {
    planes.finish(group - firstGroup, args.partial + (part * args.groups + group) * groupWeights);
  }
}

template <class T>
void addPlaneParts(const PlaneWeightArgs<T>& args, const Task& task) {
  const i32 size = args.groups * args.outChannels * args.inChannels * args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 end = shareStart(size, task.index + 1, task.count);
  for (i32 i = shareStart(size, task.index, task.count); i < end; ++i) {
    T sum = args.partial[i];
    for (i32 part = 1; part < args.parts; ++part) sum += args.partial[part * size + i];
    args.weight[i] = sum;
  }
}

template <class T>
void planeWeight(const PlaneWeightArgs<T>& args, Task task) {
  if (args.stage == 1) return addPlaneParts(args, task);
  if (walkTaps(forwardGather(args), args.blockSize[1]) > 0) sumPlanes<T, WalkedWeight<T>>(args, task);
  else sumPlanes<T, PlaneWeight<T>>(args, task);
}

}  // namespace convgrad
