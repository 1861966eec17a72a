// weight = the gradient of conv by its weight: weight[o, c, tap] = sum over images and outputs of gradOutput[o, q] x[c, place(tap, q)].
//
// Two forms: outer products (see weight_outer.h), and dot products (see weight_dot.h) where the image itself serves as lines, or where few
// channels would leave lanes idle. Stage 0: tasks are (group, block of channels, part), a part being a share of all blocks of outputs,
// summed in order. Stage 1 adds the parts in order; its tasks are (group, block of channels), or shares of the output channels.
#include "weight_dot.h"
#include "weight_outer.h"

namespace convgrad {

template <class T>
void convWeight(const ConvWeightArgs<T>& args, Task task) {
  const bool isOuter = args.linePitch == 0;
  if (args.stage == 0) {
    if (isOuter) sumByOuterProducts(args, task);
    else sumByDots(args, task);
  } else {
    if (isOuter) addOuterParts(args, task);
    else addDotParts(args, task);
  }
}

}  // namespace convgrad
