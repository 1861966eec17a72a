// y = conv(x, weight) + bias, cross-correlation in up to three dimensions.
//
// Stage 0 packs the weights, its tasks being shares of each group's rows; stage 1 multiplies them with the image's lines.
#include "forward_product.h"

namespace convgrad {

template <class T>
GatherProduct<T> packedProduct(const ConvArgs<T>& args, i32 group) {
  GatherProduct<T> product = forwardProduct<T>(args, group);
  product.packed = args.packed + group * product.rows * product.depth();
  return product;
}

template <class T>
void conv(const ConvArgs<T>& args, Task task) {
  if (args.stage == 0) {
    const i32 parts = task.count / args.groups;
    const GatherProduct<T> product = packedProduct(args, task.index / parts);
    const i32 tiles = RowTiles(product.rows).count;
    const i32 part = task.index % parts;
    packWeights(product, cutOf(args), shareStart(tiles, part, parts), shareStart(tiles, part + 1, parts));
  } else {
    GatherTask<ConvArgs<T>> place(args, args.outSize, 1, task.index);
    multiplyTask(args, task, place, packedProduct(args, place.group));
  }
}

}  // namespace convgrad
