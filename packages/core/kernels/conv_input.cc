// x = the input that has gradient gradOutput: transposed convolution, + bias.
//
// It is gathered phase by phase (see phase_product.h). Where most taps would read outside gradOutput, the products are scattered
// instead (see scatter_product.h). Stage 0 packs the weights, stage 1 multiplies.
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

template <class T>
void gatherPhase(const ConvInputArgs<T>& args, const Task& task) {
  i32 most[3];
  for (i32 d = 0; d < 3; ++d) most[d] = blocksOf(args.inSize[d], args.stride[d]);
  GatherTask<ConvInputArgs<T>> place(args, most, args.stride[0] * args.stride[1] * args.stride[2], task.index);
  multiplyTask(args, task, place, packedPhase(args, place.group, place.phase));
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
  else gatherPhase(args, task);
}

}  // namespace convgrad
