// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/convert.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/convert.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <hwy/highway.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "core/half.h"

// The loops are plain: the compiler turns each into vectors of the target that it is compiled for.
HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

template <class S, class T, class Function>
HWY_INLINE void ConvertEach(const std::byte* HWY_RESTRICT from, size_t count, T* HWY_RESTRICT to,
                            Function function) {
  for (size_t i = 0; i < count; ++i) {
    S value;
    std::memcpy(&value, from + i * sizeof(S), sizeof value);
    to[i] = function(value);
  }
}

template <class S, class T, class Function>
HWY_INLINE void StoreEach(const T* HWY_RESTRICT from, size_t count, std::byte* HWY_RESTRICT to,
                          Function function) {
  for (size_t i = 0; i < count; ++i) {
    const S value = function(from[i]);
    std::memcpy(to + i * sizeof(S), &value, sizeof value);
  }
}

template <class T>
HWY_INLINE void ConvertToAny(DataType from_type, const std::byte* from, size_t count, T* to) {
  const auto cast = [](auto x) { return static_cast<T>(x); };
  switch (from_type) {
    case DataType::kFloat32:
      return ConvertEach<float>(from, count, to, cast);
    case DataType::kFloat64:
      return ConvertEach<double>(from, count, to, cast);
    case DataType::kFloat16:
      return ConvertEach<uint16_t>(from, count, to,
                                   [](uint16_t x) { return static_cast<T>(FromFloat16(x)); });
    case DataType::kBfloat16:
      return ConvertEach<uint16_t>(from, count, to,
                                   [](uint16_t x) { return static_cast<T>(FromBfloat16(x)); });
    case DataType::kInt32:
      return ConvertEach<int32_t>(from, count, to, cast);
    case DataType::kInt64:
      return ConvertEach<int64_t>(from, count, to, cast);
    case DataType::kUint8:
      return ConvertEach<uint8_t>(from, count, to, cast);
  }
}

void ConvertToFloat(DataType from_type, const std::byte* from, size_t count, float* to) {
  ConvertToAny(from_type, from, count, to);
}
void ConvertToDouble(DataType from_type, const std::byte* from, size_t count, double* to) {
  ConvertToAny(from_type, from, count, to);
}

template <class T>
HWY_INLINE void ConvertFromAny(const T* from, size_t count, DataType to_type, std::byte* to) {
  if (to_type == DataType::kFloat16) {
    StoreEach<uint16_t>(from, count, to, [](T x) { return ToFloat16(ToOdd(x)); });
  } else if (to_type == DataType::kBfloat16) {
    StoreEach<uint16_t>(from, count, to, [](T x) { return ToBfloat16(ToOdd(x)); });
  } else if (to_type == DataType::kFloat32) {
    StoreEach<float>(from, count, to, [](T x) { return static_cast<float>(x); });
  } else {
    StoreEach<double>(from, count, to, [](T x) { return static_cast<double>(x); });
  }
}

void ConvertFromFloat(const float* from, size_t count, DataType to_type, std::byte* to) {
  ConvertFromAny(from, count, to_type, to);
}
void ConvertFromDouble(const double* from, size_t count, DataType to_type, std::byte* to) {
  ConvertFromAny(from, count, to_type, to);
}

void ReadAnyIntegers(DataType from_type, const std::byte* from, size_t count, int64_t* to) {
  const auto widen = [](auto x) { return static_cast<int64_t>(x); };
  if (from_type == DataType::kInt32) return ConvertEach<int32_t>(from, count, to, widen);
  if (from_type == DataType::kInt64) return ConvertEach<int64_t>(from, count, to, widen);
  ConvertEach<uint8_t>(from, count, to, widen);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(ConvertToFloat);
HWY_EXPORT(ConvertToDouble);
HWY_EXPORT(ConvertFromFloat);
HWY_EXPORT(ConvertFromDouble);
HWY_EXPORT(ReadAnyIntegers);

float Bfloat16ToFloat(uint16_t bits) { return FromBfloat16(bits); }
float Float16ToFloat(uint16_t bits) { return FromFloat16(bits); }
uint16_t FloatToBfloat16(float value) { return ToBfloat16(value); }
uint16_t FloatToFloat16(float value) { return ToFloat16(value); }

void ConvertTo(DataType from_type, const std::byte* from, size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(ConvertToFloat)(from_type, from, count, to);
}
void ConvertTo(DataType from_type, const std::byte* from, size_t count, double* to) {
  HWY_DYNAMIC_DISPATCH(ConvertToDouble)(from_type, from, count, to);
}
void ConvertFrom(const float* from, size_t count, DataType to_type, std::byte* to) {
  HWY_DYNAMIC_DISPATCH(ConvertFromFloat)(from, count, to_type, to);
}
void ConvertFrom(const double* from, size_t count, DataType to_type, std::byte* to) {
  HWY_DYNAMIC_DISPATCH(ConvertFromDouble)(from, count, to_type, to);
}

void ReadIntegers(DataType from_type, const std::byte* from, size_t count, int64_t* to) {
  HWY_DYNAMIC_DISPATCH(ReadAnyIntegers)(from_type, from, count, to);
}

}  // namespace detloss
#endif  // HWY_ONCE
