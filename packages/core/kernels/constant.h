// Numbers that are known when the program is compiled.
#pragma once

#include "kernel.h"

namespace convgrad {

template <i32 value>
struct Constant {
  constexpr operator i32() const { return value; }
};

}  // namespace convgrad
