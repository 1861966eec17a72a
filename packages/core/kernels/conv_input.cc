// x = the input that has gradient gradOutput: transposed convolution, + bias.
//
// Input positions that leave the same remainder by the stride, a phase, read gradOutput by a convolution of stride 1 over those
// taps of the kernel that reach them: with g = gcd(stride, dilation), every (stride / g)-th tap, in steps of dilation / g, from
// behind. Each phase does only the work that is its own. Where most taps would read outside gradOutput, the products are scattered
// instead (see scatter_product.h). Stage 0 packs the weights, stage 1 multiplies.
#include "gather_product.h"
#include "scatter_product.h"

namespace convgrad {

inline i32 greatestCommonDivisor(i32 a, i32 b) { return b == 0 ? a : greatestCommonDivisor(b, a % b); }

// The taps that reach the inputs of one phase in one dimension.
struct PhaseTaps {
  i32 count, last, step, first, sourceStep;
  PhaseTaps(i32 phase, i32 kernel, i32 stride, i32 dilation, i32 padding) {
    const i32 divisor = greatestCommonDivisor(stride, dilation);
    step = stride / divisor;
    sourceStep = dilation / divisor;
    count = 0;
    last = 0;
    for (i32 k = 0; k < kernel; ++k) {
      if ((phase + padding - k * dilation) % stride == 0) {
        last = k;
        ++count;
      }
    }
    first = (phase + padding - last * dilation) / stride;
  }
};

template <class T>
GatherProduct<T> phaseProduct(const ConvInputArgs<T>& args, i32 group, i32 phase) {
  const i32 taps = args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2];
  const i32 inVolume = args.inSize[0] * args.inSize[1] * args.inSize[2];
  const i32 outVolume = args.outSize[0] * args.outSize[1] * args.outSize[2];
  GatherProduct<T> product;
  product.rows = args.inChannels;
  product.channels = args.outChannels;
  // Packed weights of the phases before this one: a product over the dimensions of what each phase takes.
  i32 packedTaps = 0;
  i32 tapsBehind = taps;
  for (i32 d = 0, rest = phase, phases = args.stride[0] * args.stride[1] * args.stride[2], tapsHere = 1; d < 3; ++d) {
    phases /= args.stride[d];
    tapsBehind /= args.kernelSize[d];
    const i32 own = rest / phases;
    rest %= phases;
    for (i32 before = 0; before < own; ++before) {
      const PhaseTaps earlier(before, args.kernelSize[d], args.stride[d], args.dilation[d], args.padding[d]);
      packedTaps += tapsHere * earlier.count * tapsBehind;
    }
    const PhaseTaps phaseTaps(own, args.kernelSize[d], args.stride[d], args.dilation[d], args.padding[d]);
    tapsHere *= phaseTaps.count;
    product.gather.source[d] = args.outSize[d];
    product.gather.taps[d] = phaseTaps.count;
    product.gather.first[d] = phaseTaps.first;
    product.gather.tapStep[d] = phaseTaps.sourceStep;
    product.gather.stride[d] = 1;
    product.gather.out[d] = own < args.inSize[d] ? (args.inSize[d] - own + args.stride[d] - 1) / args.stride[d] : 0;
    product.placement.size[d] = args.inSize[d];
    product.placement.origin[d] = own;
    product.placement.step[d] = args.stride[d];
    product.weightView.kernel[d] = args.kernelSize[d];
    product.weightView.first[d] = phaseTaps.last;
    product.weightView.step[d] = -phaseTaps.step;
  }
  product.weightView.rowStep = taps;
  product.weightView.channelStep = args.inChannels * taps;
  product.sourceImageStride = args.groups * args.outChannels * outVolume;
  product.targetImageStride = args.groups * args.inChannels * inVolume;
  product.source = args.gradOutput + group * args.outChannels * outVolume;
  product.weight = args.weight + group * args.outChannels * args.inChannels * taps;
  product.packed = args.packed + args.outChannels * args.inChannels * (group * taps + packedTaps);
  product.bias = args.bias ? args.bias + group * args.inChannels : nullptr;
  product.target = args.x + group * args.inChannels * inVolume;
  return product;
}

// Stage 0 of the gathering form: tasks are shares of each group's rows.
template <class T>
void packPhases(const ConvInputArgs<T>& args, const Task& task) {
  const i32 parts = task.count / args.groups;
  const i32 part = task.index % parts;
  for (i32 phase = 0; phase < args.stride[0] * args.stride[1] * args.stride[2]; ++phase) {
    const GatherProduct<T> product = phaseProduct(args, task.index / parts, phase);
    const i32 tiles = RowTiles(product.rows).count;
    packWeights(product, cutOf(args), shareStart(tiles, part, parts), shareStart(tiles, part + 1, parts));
  }
}

template <class T>
void gatherPhase(const ConvInputArgs<T>& args, const Task& task) {
  i32 most[3];
  for (i32 d = 0; d < 3; ++d) most[d] = blocksOf(args.inSize[d], args.stride[d]);
  GatherTask<ConvInputArgs<T>> place(args, most, args.stride[0] * args.stride[1] * args.stride[2], task.index);
  multiplyTask(args, task, place, phaseProduct(args, place.group, place.phase));
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
