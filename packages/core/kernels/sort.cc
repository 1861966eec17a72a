// Stable sort along the middle dimension of [outer, length, inner].
//
// Elements become unsigned keys whose order is that of the elements (NaN last, both zeros equal; inverted for a descending sort);
// keys and indices are sorted together, short rows by insertion, longer ones by a radix sort of a byte a pass.
#include "vectors.h"

namespace convgrad {

template <class T>
struct KeyOf { using type = std::uint32_t; };
template <>
struct KeyOf<f64> { using type = std::uint64_t; };

template <class T>
inline typename KeyOf<T>::type sortKey(T x) {
  using Key = typename KeyOf<T>::type;
  constexpr Key signBit = Key{1} << (8 * sizeof(Key) - 1);
  if (x != x) return ~Key{0};
  if (x == 0) return signBit;
  Key bits;
  std::memcpy(&bits, &x, sizeof(bits));
  if constexpr (!isFloat<T>) return bits ^ signBit;
  return (bits & signBit) != 0 ? ~bits : bits | signBit;
}

template <class Key>
struct SortBuffers {
  Key* keys;
  i32* indices;
};

template <class Key>
void insertionSort(SortBuffers<Key> row, i32 count) {
  for (i32 i = 1; i < count; ++i) {
    const Key key = row.keys[i];
    const i32 index = row.indices[i];
    i32 j = i;
    for (; j > 0 && row.keys[j - 1] > key; --j) {
      row.keys[j] = row.keys[j - 1];
      row.indices[j] = row.indices[j - 1];
    }
    row.keys[j] = key;
    row.indices[j] = index;
  }
}

// Sorts `row` with `other` as the second place; returns the one that holds the result.
template <class Key>
SortBuffers<Key> radixSort(SortBuffers<Key> row, SortBuffers<Key> other, i32 count) {
  constexpr int passes = sizeof(Key);
  i32 counts[passes][256] = {};
  for (i32 i = 0; i < count; ++i) {
    for (int pass = 0; pass < passes; ++pass) ++counts[pass][row.keys[i] >> (8 * pass) & 255];
  }
  for (int pass = 0; pass < passes; ++pass) {
    i32* starts = counts[pass];
    // A byte that all keys share needs no pass.
    if (starts[row.keys[0] >> (8 * pass) & 255] == count) continue;
    i32 sum = 0;
    for (i32 digit = 0; digit < 256; ++digit) {
      const i32 size = starts[digit];
      starts[digit] = sum;
      sum += size;
    }
    for (i32 i = 0; i < count; ++i) {
      const Key key = row.keys[i];
      const i32 place = starts[key >> (8 * pass) & 255]++;
      other.keys[place] = key;
      other.indices[place] = row.indices[i];
    }
    const SortBuffers<Key> sorted = other;
    other = row;
    row = sorted;
  }
  return row;
}

template <class T>
void sort(const SortArgs<T>& args, Task task) {
  using Key = typename KeyOf<T>::type;
  constexpr i32 insertionLimit = 48;
  const i32 length = args.length, inner = args.inner;
  u8* scratch = args.scratch + task.worker * args.scratchStride;
  Key* keys = reinterpret_cast<Key*>(scratch);
  i32* indices = reinterpret_cast<i32*>(keys + 2 * length);
  const SortBuffers<Key> first{keys, indices}, second{keys + length, indices + length};
  const Key flip = args.descending != 0 ? ~Key{0} : 0;
  const i32 rows = args.outer * inner;
  const i32 end = shareStart(rows, task.index + 1, task.count);
  for (i32 row = shareStart(rows, task.index, task.count); row < end; ++row) {
    const i32 start = row / inner * length * inner + row % inner;
    const T* x = args.x + start;
    for (i32 i = 0; i < length; ++i) {
      first.keys[i] = sortKey<T>(x[i * inner]) ^ flip;
      first.indices[i] = i;
    }
    SortBuffers<Key> sorted = first;
    if (length <= insertionLimit) {
      insertionSort(first, length);
    } else {
      sorted = radixSort(first, second, length);
    }
    for (i32 i = 0; i < length; ++i) {
      args.values[start + i * inner] = x[sorted.indices[i] * inner];
      args.indices[start + i * inner] = sorted.indices[i];
    }
  }
}

}  // namespace convgrad
