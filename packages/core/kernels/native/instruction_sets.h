// The instruction sets that the addon was compiled for.
#pragma once

#include <cstring>

#include "launch.h"

namespace convgrad {

// Every kernel by its number, compiled for one set.
struct InstructionSet {
  const char* name;
  Kernel* const* kernels;
};

// Generated: the best first.
extern const InstructionSet instructionSets[];
extern const int instructionSetCount;

// Whether this processor, and the system, have what the objects of a set were compiled for.
inline bool isSupported(const char* name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (std::strcmp(name, "avx2") == 0) return avx2;
  if (std::strcmp(name, "avx512") == 0) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  }
#else
  (void)name;
#endif
  return true;
}

}  // namespace convgrad
