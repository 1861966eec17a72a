// weight = the gradient of conv by its weight: weight[o, c, tap] = sum over images and outputs of gradOutput[o, q] x[c, place(tap, q)].
//
// Three forms: tap by tap on wide vectors (see weight_taps.h), outer products on narrow ones (see weight_outer.h), and dot products where
// few channels would leave lanes idle (see weight_dot.h). Stage 0: tasks are (group, block of channels, part), a part being a share of all
// blocks of outputs, summed in order. Stage 1 adds the parts in order; its tasks are (group, block of channels), or shares of the output
// channels.
#include "weight_dot.h"
#include "weight_outer.h"
#include "weight_taps.h"

namespace convgrad {

template <class T>
void convWeight(const ConvWeightArgs<T>& args, Task task) {
  if (args.linePitch > 0) {
    if (args.stage == 0) sumByDots(args, task);
    else addDotParts(args, task);
  } else if (vectorBytes >= 32) {
    if (args.stage == 0) sumByTaps(args, task);
    else addOuterParts(args, task, tapSumsPitch(args));
  } else {
    if (args.stage == 0) sumByOuterProducts(args, task);
    else addOuterParts(args, task, args.inChannels);
  }
}

}  // namespace convgrad
