// The bench's ruler: register tiles on operands that stay in the first-level cache. Whichever tile is fastest, with nothing else to
// do, is what this machine and engine can multiply and add at most.
#include "micro_kernel.h"

namespace convgrad {

template <class T, i32 rows, i32 vectors>
void repeatOuter(const PeakArgs<T>& args) {
  constexpr T zeros[rows] = {};
  for (i32 i = 0; i < args.repetitions; ++i) {
    outerTile<T, rows, vectors, true>(args.a, args.b, nullptr, args.depth, zeros, args.c, vectors * lanes<T>);
  }
}

template <class T, i32 rows, i32 columns>
void repeatDot(const PeakArgs<T>& args) {
  const T* right[columns];
  for (i32 j = 0; j < columns; ++j) right[j] = args.b + j * args.depth * lanes<T>;
  for (i32 i = 0; i < args.repetitions; ++i) {
    dotTile<T, rows, columns>(args.a, args.depth * lanes<T>, right, args.depth, args.c);
  }
}

// Tiles: rows x vectors of the outer form, then of the dot form. Each repetition is rows * vectors * lanes * depth multiply-adds.
template <class T>
void peak(const PeakArgs<T>& args, Task) {
  switch (args.tile) {
    case 0: return repeatOuter<T, 4, 2>(args);
    case 1: return repeatOuter<T, 5, 2>(args);
    case 2: return repeatOuter<T, 3, 3>(args);
    case 3: return repeatOuter<T, 2, 4>(args);
    case 4: return repeatOuter<T, 6, 2>(args);
    case 5: return repeatOuter<T, 4, 3>(args);
    case 6: return repeatDot<T, 4, 2>(args);
    case 7: return repeatDot<T, 2, 4>(args);
    case 8: return repeatOuter<T, 8, 3>(args);
    case 9: return repeatDot<T, 3, 3>(args);
    case 10: return repeatDot<T, 4, 4>(args);
  }
}

}  // namespace convgrad
