// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Conversions between storage and computation. Our own, since Highway's for half precision differ
// between instruction sets: these are the same bits everywhere.

#ifndef DETLOSS_CONVERT_H_
#define DETLOSS_CONVERT_H_

#include <cstddef>
#include <cstdint>

#include "detloss/tensor.h"

namespace detloss {

float Float16ToFloat(uint16_t bits);
float Bfloat16ToFloat(uint16_t bits);

// Round to the nearest, ties to even; too large becomes infinity.
uint16_t FloatToFloat16(float value);
uint16_t FloatToBfloat16(float value);

// Converts `count` elements of any type and alignment.
void ConvertTo(DataType from_type, const std::byte* from, size_t count, float* to);
void ConvertTo(DataType from_type, const std::byte* from, size_t count, double* to);

// Converts `count` numbers to a floating-point type.
void ConvertFrom(const float* from, size_t count, DataType to_type, std::byte* to);
void ConvertFrom(const double* from, size_t count, DataType to_type, std::byte* to);

// Reads `count` integers of an integer type, of any alignment.
void ReadIntegers(DataType from_type, const std::byte* from, size_t count, int64_t* to);

}  // namespace detloss

#endif  // DETLOSS_CONVERT_H_
