// c = a b^T (+ rowBias) (+ columnBias) of few rows of a and long rows of both, which run along the sum: parts of the sum, each by one task.
//
// In stage 0 a task turns its part of a, [steps, m], which lies in its worker's scratch memory, and multiplies the rows of b with it as they lie:
// partial [part, n, pitch]. So every element of both is read once, by one thread, and what lies the wrong way is the smaller. Stage 1 adds the parts up and
// turns the result; its tasks are shares of the rows of b.
#include "blocks.h"
#include "row_product.h"
#include "transpose.h"
#include "vectors.h"

namespace convgrad {

// Rows of b whose results are turned at a time.
inline constexpr i32 turnedRows = 16;

template <class T>
void multiplyPart(const LongGemmArgs<T>& args, const Task& task) {
  T* const turned = scratchOf<T>(args, task);
  const i32 end = shareStart(args.k, task.index + 1, task.count);
  bool adds = false;
  for (i32 start = shareStart(args.k, task.index, task.count); start < end; start += args.blockK, adds = true) {
    const i32 steps = minimum(args.blockK, end - start);
    transpose(turned, args.pitch, args.a + start, args.k, args.m, steps);
    multiplyRows<T>({args.b + start, args.k, turned, args.pitch, args.partial + task.index * args.n * args.pitch, args.pitch, args.n, args.m, steps, adds});
  }
}

template <class T>
void addParts(const LongGemmArgs<T>& args, const Task& task) {
  T* const sums = scratchOf<T>(args, task);
  const T* const rowBias = args.rowBias;
  const T* const columnBias = args.columnBias;
  const i32 end = shareStart(args.n, task.index + 1, task.count);
  for (i32 first = shareStart(args.n, task.index, task.count); first < end; first += turnedRows) {
    const i32 rows = minimum(turnedRows, end - first), block = rows * args.pitch;
    for (i32 i = 0; i < rows; ++i) {
      fillRow(sums + i * args.pitch, columnBias ? columnBias[first + i] : T(0), args.pitch);
      if (rowBias) addRow(rowBias, sums + i * args.pitch, args.m);
    }
    for (i32 part = 0; part < args.parts; ++part) addRow(args.partial + (part * args.n + first) * args.pitch, sums, block);
    transpose(args.c + first, args.n, sums, args.pitch, rows, args.m);
  }
}

template <class T>
void longGemm(const LongGemmArgs<T>& args, Task task) {
  if (args.stage == 0) multiplyPart(args, task);
  else addParts(args, task);
}

}  // namespace convgrad
