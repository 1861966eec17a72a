// y = conv(x, weight) + bias, cross-correlation in up to three dimensions.
//
// Stage 0 packs the weights, its tasks being shares of each group's rows; stage 1 multiplies them with the image's lines. With `pooled` ReLU and
// a max pooling by windows of 2x2 follow, and y and `winners` are theirs: a block of outputs holds whole windows.
#include "forward_product.h"
#include "pool_pairs.h"

namespace convgrad {

template <class T>
GatherProduct<T> packedProduct(const ConvArgs<T>& args, i32 group) {
  GatherProduct<T> product = forwardProduct<T>(args, group);
  product.packed = args.packed + group * product.rows * product.depth();
  return product;
}

// Pools finished rows of a block, [rows, pitch].
template <class T>
void poolBlock(const ConvArgs<T>& args, const GatherProduct<T>& product, i32 group, const Block& block, const T* sums, i32 pitch, i32 firstRow,
               i32 endRow) {
  const i32 height = args.outSize[1] / 2, width = args.outSize[2] / 2;
  const i32 plane = height * width;
  PairPlanes<T> planes = {sums,
                          nullptr,
                          nullptr,
                          nullptr,
                          2,
                          block.size[1],
                          block.size[2],
                          block.size[1] / 2,
                          block.size[2] / 2,
                          pitch,
                          args.outSize[0] * plane};
  if (planes.outHeight == 0 || planes.outWidth == 0) return;
  for (i32 n = block.image; n < block.image + block.images; ++n) {
    for (i32 z = block.start[0]; z < block.start[0] + block.size[0]; ++z, planes.x += planes.inHeight * planes.inWidth) {
      const i32 first = ((n * args.groups + group) * product.rows + firstRow) * args.outSize[0] + z;
      const i32 place = first * plane + block.start[1] / 2 * width;
      planes.y = args.y + place;
      planes.winners = args.winners ? args.winners + place : nullptr;
      const auto pool = planes.winners ? poolPairs<T, Kept::winners, true, Constant<2>> : poolPairs<T, Kept::none, true, Constant<2>>;
      pool(planes, 0, endRow - firstRow, {});
    }
  }
}

template <class T>
void multiplyAndPool(const ConvArgs<T>& args, const Task& task) {
  GatherTask<ConvArgs<T>> place(args, args.outSize, 1, task.index);
  const GatherProduct<T> product = packedProduct(args, place.group);
  if (!place.clip(args, product.gather.out)) return;
  const RowTiles tiles(product.rows);
  const i32 firstTile = shareStart(tiles.count, place.rowPart, args.rowParts), endTile = shareStart(tiles.count, place.rowPart + 1, args.rowParts);
  const i32 firstRow = tiles.start(firstTile), endRow = tiles.start(endTile);
  // Rows begin where vectors do.
  const i32 pitch = (place.block.columns() + lanes<T> - 1) / lanes<T> * lanes<T>;
  T* sums = scratchOf<T>(args, task);
  multiplyBlock(product, cutOf(args), place.block, firstTile, endTile, sums - firstRow * pitch, pitch, sums + (endRow - firstRow) * pitch);
  poolBlock(args, product, place.group, place.block, sums, pitch, firstRow, endRow);
}

template <class T>
void conv(const ConvArgs<T>& args, Task task) {
  if (args.stage == 0) {
    const i32 parts = task.count / args.groups;
    const GatherProduct<T> product = packedProduct(args, task.index / parts);
    const i32 tiles = RowTiles(product.rows).count;
    const i32 part = task.index % parts;
    packWeights(product, cutOf(args), shareStart(tiles, part, parts), shareStart(tiles, part + 1, parts));
  } else if (args.pooled) {
    multiplyAndPool(args, task);
  } else {
    GatherTask<ConvArgs<T>> place(args, args.outSize, 1, task.index);
    multiplyTask(args, task, place, packedProduct(args, place.group));
  }
}

}  // namespace convgrad
