// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How boxes are given, and which formulas they go through.

#ifndef DETLOSS_CORE_KERNELS_BOX_OPTIONS_H_
#define DETLOSS_CORE_KERNELS_BOX_OPTIONS_H_

#include <cstdint>

namespace detloss {

// In the order of the wire's numbers, from 0.
enum class BoxFormat : uint8_t { kXyxy, kXywh, kCxcywh };
enum class Convention : uint8_t { kExact, kTorchvision };

// What torchvision adds to denominators.
inline constexpr double kTorchvisionEpsilon = 1e-7;

}  // namespace detloss

#endif  // DETLOSS_CORE_KERNELS_BOX_OPTIONS_H_
