// What every kernel's source includes: scalars, pointers into the one memory, vectors, tasks, and the generated argument blocks.
#pragma once

#include <cstdint>
#include <cstring>

// Where the C library has room for it, a variable of the thread is two loads away, without a call.
#if defined(__GLIBC__)
#define CONVGRAD_TLS_MODEL __attribute__((tls_model("initial-exec")))
#else
#define CONVGRAD_TLS_MODEL
#endif

namespace convgrad {

using i32 = std::int32_t;
using i64 = std::int64_t;
using u8 = std::uint8_t;
using f32 = float;
using f64 = double;

// Made from the integer, not by adding to a null pointer: that is undefined, and clang deletes the stores behind it.
#if defined(__wasm__)
inline u8* addressOf(std::uint32_t offset) { return reinterpret_cast<u8*>(static_cast<std::uintptr_t>(offset)); }
#else
// Every thread of a program may have a memory of its own. No other name is shared by the objects of several instruction sets.
extern "C" __attribute__((visibility("hidden"))) __thread u8* convgradMemoryBase CONVGRAD_TLS_MODEL;
inline u8* addressOf(std::uint32_t offset) { return offset == 0 ? nullptr : convgradMemoryBase + offset; }
#endif

// A 32-bit byte offset into the one memory, 0 for none: on WebAssembly it is the address itself, natively an offset from the memory's base.
template <class T>
struct Pointer {
  std::uint32_t offset;
  operator T*() const { return reinterpret_cast<T*>(addressOf(offset)); }
  explicit operator bool() const { return offset != 0; }
};

// Width of a vector register in bytes for the target of this object.
#if defined(__AVX512F__)
inline constexpr int vectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int vectorBytes = 32;
#else
inline constexpr int vectorBytes = 16;
#endif

// A vector of the target's width that may be loaded from and stored to any address that is aligned for T.
template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(vectorBytes), aligned(alignof(T)), may_alias));
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr int lanes = vectorBytes / static_cast<int>(sizeof(T));

template <class T>
inline Vector<T> load(const T* p) { return *reinterpret_cast<const Vector<T>*>(p); }
template <class T>
inline void store(T* p, Vector<T> v) { *reinterpret_cast<Vector<T>*>(p) = v; }
template <class T>
inline Vector<T> splat(T x) { return x - Vector<T>{}; }

template <class T>
constexpr T minimum(T a, T b) { return b < a ? b : a; }
template <class T>
constexpr T maximum(T a, T b) { return a < b ? b : a; }

// One task of a launch: kernels cut their work by `index` of `count`; `worker` picks the scratch that no other worker uses.
struct Task {
  i32 index;
  i32 count;
  i32 worker;
};

// Share `part` of `parts` of [0, size): first index of it. The cut depends on sizes only, never on the number of threads.
inline i32 shareStart(i32 size, i32 part, i32 parts) {
  return static_cast<i32>(static_cast<i64>(size) * part / parts);
}

}  // namespace convgrad

#include "generated/kernel_args.h"
