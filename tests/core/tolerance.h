// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How near a result must be to the reference: the one place that says so.

#ifndef DETLOSS_TESTS_CORE_TOLERANCE_H_
#define DETLOSS_TESTS_CORE_TOLERANCE_H_

#include "detloss/tensor.h"
#include "tests/reference/reference.h"

namespace detloss {

// The error of a computation, relative to the condition of its result.
constexpr reference::Real ComputeTolerance(DataType prediction_type) {
  return prediction_type == DataType::kFloat64 ? 1e-13L : 1e-6L;
}

// A format in which results are stored.
struct Storage {
  reference::Real rounding;  // relative error of rounding to the nearest
  reference::Real floor;     // what is smaller may lose digits or vanish
  reference::Real max;       // the largest finite number
};
constexpr Storage StorageOf(DataType type) {
  switch (type) {
    case DataType::kFloat64:
      return {0x1p-53L, 0x1p-1022L, 0x1.fffffffffffffp1023L};
    case DataType::kFloat16:
      return {0x1p-11L, 0x1p-24L, 65504};
    case DataType::kBfloat16:
      return {0x1p-8L, 0x1p-126L, 0x1.fep127L};
    default:
      return {0x1p-24L, 0x1p-126L, 0x1.fffffep127L};
  }
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_CORE_TOLERANCE_H_
