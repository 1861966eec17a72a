// x = the input that has gradient gradOutput: transposed convolution, + bias.
//
// It is gathered phase by phase (see phase_product.h). Where most taps would read outside gradOutput, the products are scattered
// instead (see scatter_product.h). Stage 0 packs the weights, stage 1 multiplies.
#include "join_phases.h"
#include "phase_product.h"
#include "scatter_product.h"

namespace convgrad {

// One phase's product, and the place of its weights behind those of the phases before it.
template <class T>
GatherProduct<T> packedPhase(const ConvInputArgs<T>& args, i32 group, i32 phase) {
  GatherProduct<T> product = phaseProduct<T>(args, group, phase);
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  product.packed = args.packed + args.outChannels * args.inChannels * (group * taps + tapsBefore(args, phase));
  return product;
}

// Stage 0 of the gathering form: tasks are shares of each group's rows.
template <class T>
void packPhases(const ConvInputArgs<T>& args, const Task& task) {
  const i32 parts = task.count / args.groups;
  const i32 part = task.index % parts;
  for (i32 phase = 0; phase < args.stride[0] * args.stride[1] * args.stride[2]; ++phase) {
    const GatherProduct<T> product = packedPhase(args, task.index / parts, phase);
    const i32 tiles = RowTiles(product.rows).count;
    packWeights(product, cutOf(args), shareStart(tiles, part, parts), shareStart(tiles, part + 1, parts));
  }
}

// Copies the finished rows of two phases, `first` being the first of them, to where their outputs belong.
template <class T>
void placePair(const GatherProduct<T>& first, const Block& block, const T* const* sums, const i32* widths, i32 firstRow, i32 endRow) {
  const Placement& place = first.placement;
  const T* rows[2] = {sums[0], sums[1]};
  for (i32 row = firstRow; row < endRow; ++row) {
    for (i32 n = 0; n < block.images; ++n) {
      T* volume = first.target + (block.image + n) * first.targetImageStride + row * first.targetRowStride();
      for (i32 z = 0; z < block.size[0]; ++z) {
        for (i32 y = 0; y < block.size[1]; ++y) {
          const i32 slice = place.origin[0] + (block.start[0] + z) * place.step[0];
          const i32 line = place.origin[1] + (block.start[1] + y) * place.step[1];
          joinPhases(volume + (slice * place.size[1] + line) * place.size[2] + 2 * block.start[2], rows, widths, 2);
          for (i32 side = 0; side < 2; ++side) rows[side] += widths[side];
        }
      }
    }
  }
}

// Two phases whose outputs alternate along the rows: their sums are put together row by row.
template <class T>
void gatherPair(const ConvInputArgs<T>& args, const Task& task, GatherTask<ConvInputArgs<T>> place) {
  const RowTiles tiles(args.inChannels);
  const i32 firstTile = shareStart(tiles.count, place.rowPart, args.rowParts);
  const i32 endTile = shareStart(tiles.count, place.rowPart + 1, args.rowParts);
  const i32 firstRow = tiles.start(firstTile), endRow = tiles.start(endTile);
  T* scratch = scratchOf<T>(args, task);
  const T* sums[2] = {scratch, scratch};
  i32 widths[2] = {0, 0};
  const GatherProduct<T> first = packedPhase(args, place.group, 2 * place.phase);
  for (i32 side = 1; side >= 0; --side) {
    const GatherProduct<T> product = side == 0 ? first : packedPhase(args, place.group, 2 * place.phase + 1);
    if (!place.clip(args, product.gather.out)) continue;
    const i32 columns = place.block.columns();
    widths[side] = place.block.size[2];
    sums[side] = scratch;
    T* target = scratch - firstRow * columns;
    scratch += (endRow - firstRow) * columns + lanes<T>;
    multiplyBlock(product, cutOf(args), place.block, firstTile, endTile, target, columns, scratch);
  }
  if (widths[0] > 0) placePair(first, place.block, sums, widths, firstRow, endRow);
}

template <class T>
void gatherPhases(const ConvInputArgs<T>& args, const Task& task) {
  i32 most[3];
  for (i32 d = 0; d < 3; ++d) most[d] = blocksOf(args.inSize[d], args.stride[d]);
  const i32 together = args.stride[2] == 2 ? 2 : 1;
  GatherTask<ConvInputArgs<T>> place(args, most, args.stride[0] * args.stride[1] * args.stride[2] / together, task.index);
  if (together == 2) gatherPair(args, task, place);
  else multiplyTask(args, task, place, packedPhase(args, place.group, place.phase));
}

// Both stages of the scattering form: tasks are (image, unless packing; group; block of channels).
template <class T>
void scatterInput(const ConvInputArgs<T>& args, const Task& task) {
  const i32 blocks = blocksOf(args.inChannels, args.blockChannels);
  const i32 channel = task.index % blocks * args.blockChannels;
  const i32 group = task.index / blocks % args.groups;
  const i32 image = task.index / blocks / args.groups;
  ScatterProduct<T> product;
  for (i32 d = 0; d < 3; ++d) {
    product.inSize[d] = args.inSize[d];
    product.kernel[d] = args.kernelSize[d];
    product.out[d] = args.outSize[d];
    product.dilation[d] = args.dilation[d];
    product.padding[d] = args.padding[d];
  }
  product.channels = minimum(args.blockChannels, args.inChannels - channel);
  product.outChannels = args.outChannels;
  const i32 taps = product.taps();
  T* packed = args.packed + (group * args.inChannels + channel) * args.outChannels * taps;
  if (args.stage == 0) {
    const T* weight = args.weight + (group * args.outChannels * args.inChannels + channel) * taps;
    packScattered(weight, args.inChannels * taps, product.channels * taps, args.outChannels, packed);
  } else {
    product.packed = packed;
    product.gradOutput = args.gradOutput + (image * args.groups + group) * args.outChannels * product.outVolume();
    product.bias = args.bias ? args.bias + group * args.inChannels + channel : nullptr;
    product.x = args.x + ((image * args.groups + group) * args.inChannels + channel) * product.inVolume();
    scatterBlock(product, scratchOf<T>(args, task));
  }
}

template <class T>
void convInput(const ConvInputArgs<T>& args, Task task) {
  if (args.scatter) scatterInput(args, task);
  else if (args.stage == 0) packPhases(args, task);
  else gatherPhases(args, task);
}

}  // namespace convgrad
