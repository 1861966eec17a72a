// Reading and adding at indices along the middle dimension of [outer, length, inner].
#include "columns.h"

namespace convgrad {

// Columns of a task: at least a cache line, so that no two tasks write to the same one.
inline constexpr i32 indexBlock = 16;

// Calls share(o, column, width) for the task's share of the columns, in stretches as long as they come; a column belongs to one task.
template <class F>
inline void forEachColumnShare(i32 outer, i32 inner, Task task, F share) {
  const i32 blocks = (inner + indexBlock - 1) / indexBlock;
  const i32 end = shareStart(outer * blocks, task.index + 1, task.count);
  for (i32 unit = shareStart(outer * blocks, task.index, task.count); unit < end;) {
    const i32 o = unit / blocks, first = unit % blocks;
    const i32 last = minimum(blocks, first + end - unit);
    const i32 column = first * indexBlock;
    share(o, column, minimum(last * indexBlock, inner) - column);
    unit += last - first;
  }
}

template <class T>
inline void clearRows(T* y, i32 stride, i32 count, i32 width) {
  if (stride == width) return fillRow<T>(y, 0, count * width);
  for (i32 i = 0; i < count; ++i, y += stride) fillRow<T>(y, 0, width);
}

// Calls share(o, first, count) for the task's share of the `rows` rows of all o.
template <class F>
inline void forEachRowShare(i32 outer, i32 rows, Task task, F share) {
  const i32 end = shareStart(outer * rows, task.index + 1, task.count);
  for (i32 row = shareStart(outer * rows, task.index, task.count); row < end;) {
    const i32 o = row / rows, first = row % rows;
    const i32 count = minimum(rows - first, end - row);
    share(o, first, count);
    row += count;
  }
}

template <class T>
void indexSelect(const IndexSelectArgs<T>& args, Task task) {
  forEachRowShare(args.outer, args.count, task, [&](i32 o, i32 first, i32 count) {
    const T* x = args.x + o * args.length * args.inner;
    const i32* indices = args.indices + first;
    T* y = args.y + (o * args.count + first) * args.inner;
    for (i32 c = 0; c < count; ++c, y += args.inner) copyRow(x + indices[c] * args.inner, y, args.inner);
  });
}

template <class T>
void indexAdd(const IndexAddArgs<T>& args, Task task) {
  forEachColumnShare(args.outer, args.inner, task, [&](i32 o, i32 column, i32 width) {
    const T* x = args.x + o * args.count * args.inner + column;
    T* y = args.y + o * args.length * args.inner + column;
    if (args.accumulate == 0) clearRows(y, args.inner, args.length, width);
    for (i32 c = 0; c < args.count; ++c, x += args.inner) addRow(x, y + args.indices[c] * args.inner, width);
  });
}

template <class T>
void gather(const GatherArgs<T>& args, Task task) {
  forEachRowShare(args.outer, args.count, task, [&](i32 o, i32 first, i32 count) {
    const T* x = args.x + o * args.length * args.inner;
    const i32* indices = args.indices + (o * args.count + first) * args.inner;
    T* y = args.y + (o * args.count + first) * args.inner;
    if (args.inner == 1) {
      for (i32 c = 0; c < count; ++c) y[c] = x[indices[c]];
      return;
    }
    for (i32 c = 0; c < count; ++c, indices += args.inner, y += args.inner) {
      for (i32 i = 0; i < args.inner; ++i) y[i] = x[indices[i] * args.inner + i];
    }
  });
}

template <class T>
void scatterAdd(const ScatterAddArgs<T>& args, Task task) {
  forEachColumnShare(args.outer, args.inner, task, [&](i32 o, i32 column, i32 width) {
    const T* x = args.x + o * args.count * args.inner + column;
    const i32* indices = args.indices + o * args.count * args.inner + column;
    T* y = args.y + o * args.length * args.inner + column;
    if (args.accumulate == 0) clearRows(y, args.inner, args.length, width);
    if (args.inner == 1) {
      for (i32 c = 0; c < args.count; ++c) y[indices[c]] += x[c];
      return;
    }
    for (i32 c = 0; c < args.count; ++c, x += args.inner, indices += args.inner) {
      for (i32 i = 0; i < width; ++i) y[indices[i] * args.inner + i] += x[i];
    }
  });
}

}  // namespace convgrad
