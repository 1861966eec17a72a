// c = op(a) op(b) (+ rowBias) (+ columnBias) (+ c) of one pair of matrices, each of which is prepared once for all tasks, `depth` steps of
// the sum from `step` on.
//
// Stage 0 prepares a share of both. Stage 1 multiplies; its tasks are (share of the rows, share of the columns). Where vectors are so wide
// that a tile reads several whole lines of the cache from each line of b, matrices that lie right are read as they lie; narrower tiles
// would meet a new page of memory every few instructions, and V8 has no registers for the rows of a.
#include <type_traits>

#include "row_operands.h"
#include "tile_operands.h"

namespace convgrad {

template <class T>
void sharedGemm(const SharedGemmArgs<T>& args, Task task) {
  const std::conditional_t<vectorBytes == 64, RowOperands<T>, TileOperands<T>> operands(args);
  if (args.stage == 0) {
    operands.prepare(task);
  } else {
    const i32 columnParts = task.count / args.rowParts;
    operands.multiply(task.index / columnParts, task.index % columnParts, columnParts);
  }
}

}  // namespace convgrad
