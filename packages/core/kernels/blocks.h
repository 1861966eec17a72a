// Blocks that work is cut into, and where a worker does it.
#pragma once

#include "kernel.h"

namespace convgrad {

inline i32 blocksOf(i32 size, i32 block) { return (size + block - 1) / block; }

// The working memory of a worker.
template <class T, class Args>
T* scratchOf(const Args& args, const Task& task) {
  return reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
}

}  // namespace convgrad
