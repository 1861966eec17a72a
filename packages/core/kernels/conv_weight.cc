// weight = the gradient of conv by its weight: weight[o, c, tap] = sum over images and outputs of gradOutput[o, q] x[c, place(tap, q)].
//
// Three forms: outer products (see weight_outer.h); the same of pointwise convolutions, which read the image as it lies (see
// weight_pointwise.h); and dot products where few channels would leave lanes idle (see weight_dot.h). Stage 0: tasks are (group, block of
// channels, part), a part being a share of all blocks of outputs, summed in order. Stage 1 adds the parts in order; its tasks are (group,
// block of channels), or shares of the output channels.
#include "weight_dot.h"
#include "weight_outer.h"
#include "weight_pointwise.h"

namespace convgrad {

template <class T>
void convWeight(const ConvWeightArgs<T>& args, Task task) {
  const bool isOuter = args.linePitch == 0;
  const bool isPointwise = isOuter && args.kernelSize[0] * args.kernelSize[1] * args.kernelSize[2] == 1;
  if (args.stage == 0) {
    if (isPointwise) sumPointwise(args, task);
    else if (isOuter) sumByOuterProducts(args, task);
    else sumByDots(args, task);
  } else {
    if (isPointwise) addPointwiseParts(args, task);
    else if (isOuter) addOuterParts(args, task);
    else addDotParts(args, task);
  }
}

}  // namespace convgrad
