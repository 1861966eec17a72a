// Whether any or all elements along the middle dimension of [outer, length, inner] are not 0.
#include "columns.h"

namespace convgrad {

template <class T>
bool rowHas(const T* x, i32 count, bool wanted) {
  constexpr i32 block = 1024;
  for (i32 start = 0; start < count; start += block) {
    const i32 end = minimum(count, start + block);
    bool found = false;
    for (i32 i = start; i < end; ++i) found |= (x[i] != 0) == wanted;
    if (found) return true;
  }
  return false;
}

template <class T>
void reduceLogical(const ReduceLogicalArgs<T>& args, Task task) {
  // any: is there a true one; all: is there no false one.
  const bool wanted = static_cast<LogicalReduceOp>(args.op) == LogicalReduceOp::any;
  forEachColumnBlock(args.outer, args.parts, args.inner, columnBlock, task, [&](i32 o, i32 part, i32 column, i32 width) {
    const i32 start = shareStart(args.length, part, args.parts);
    const i32 count = shareStart(args.length, part + 1, args.parts) - start;
    const T* x = args.x + (o * args.length + start) * args.inner + column;
    u8* y = args.y + (o * args.parts + part) * args.inner + column;
    if (args.inner == 1) {
      *y = rowHas(x, count, wanted) == wanted;
      return;
    }
    u8 found[columnBlock] = {};
    for (i32 i = 0; i < count; ++i, x += args.inner) {
      for (i32 j = 0; j < width; ++j) found[j] |= (x[j] != 0) == wanted;
    }
    for (i32 j = 0; j < width; ++j) y[j] = (found[j] != 0) == wanted;
  });
}

}  // namespace convgrad
