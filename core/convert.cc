// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/convert.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace detloss {
namespace {

template <class S>
S ReadOne(const std::byte* from) {
  S value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class S, class T, class Function>
void ConvertEach(const std::byte* from, size_t count, T* to, Function function) {
  for (size_t i = 0; i < count; ++i) to[i] = function(ReadOne<S>(from + i * sizeof(S)));
}

template <class S, class T, class Function>
void StoreEach(const T* from, size_t count, std::byte* to, Function function) {
  for (size_t i = 0; i < count; ++i) {
    const S value = function(from[i]);
    std::memcpy(to + i * sizeof(S), &value, sizeof value);
  }
}

}  // namespace

float Bfloat16ToFloat(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

float Float16ToFloat(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  const uint32_t exponent = (bits >> 10) & 0x1F;
  const uint32_t mantissa = bits & 0x3FF;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | (mantissa << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  // Subnormal: mantissa x 2^-24, exact in binary32.
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

uint16_t FloatToBfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

uint16_t FloatToFloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint16_t>(sign | 0x7E00u);
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);  // 65520 and above
  if (magnitude < 0x38800000u) {
    // Subnormal: adding 0.5 leaves round(magnitude x 2^24) in the last bits of the sum.
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(sum) - 0x3F000000u));
  }
  const uint32_t rounded = magnitude + 0xFFFu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded >> 13) - (112u << 10)));
}

template <class T>
void ConvertTo(DataType from_type, const std::byte* from, size_t count, T* to) {
  const auto cast = [](auto x) { return static_cast<T>(x); };
  switch (from_type) {
    case DataType::kFloat32:
      return ConvertEach<float>(from, count, to, cast);
    case DataType::kFloat64:
      return ConvertEach<double>(from, count, to, cast);
    case DataType::kFloat16:
      return ConvertEach<uint16_t>(from, count, to,
                                   [](uint16_t x) { return static_cast<T>(Float16ToFloat(x)); });
    case DataType::kBfloat16:
      return ConvertEach<uint16_t>(from, count, to,
                                   [](uint16_t x) { return static_cast<T>(Bfloat16ToFloat(x)); });
    case DataType::kInt32:
      return ConvertEach<int32_t>(from, count, to, cast);
    case DataType::kInt64:
      return ConvertEach<int64_t>(from, count, to, cast);
    case DataType::kUint8:
      return ConvertEach<uint8_t>(from, count, to, cast);
  }
}
template void ConvertTo<float>(DataType, const std::byte*, size_t, float*);
template void ConvertTo<double>(DataType, const std::byte*, size_t, double*);

// Narrows for a second narrowing: what is inexact becomes odd, so that nothing lands on a tie that
// was none. Boldo and Melquiond, "When double rounding is odd", IMACS 2005.
float ToOdd(float x) { return x; }
float ToOdd(double x) {
  const auto nearest = static_cast<float>(x);
  const auto rounded = static_cast<double>(nearest);
  if (rounded == x || std::isnan(x)) return nearest;
  const auto bits = std::bit_cast<uint32_t>(nearest);
  const uint32_t toward_zero = std::abs(rounded) > std::abs(x) ? bits - 1 : bits;
  return std::bit_cast<float>(toward_zero | 1u);
}

template <class T>
void ConvertFrom(const T* from, size_t count, DataType to_type, std::byte* to) {
  if (to_type == DataType::kFloat16) {
    StoreEach<uint16_t>(from, count, to, [](T x) { return FloatToFloat16(ToOdd(x)); });
  } else if (to_type == DataType::kBfloat16) {
    StoreEach<uint16_t>(from, count, to, [](T x) { return FloatToBfloat16(ToOdd(x)); });
  } else if (to_type == DataType::kFloat32) {
    StoreEach<float>(from, count, to, [](T x) { return static_cast<float>(x); });
  } else {
    StoreEach<double>(from, count, to, [](T x) { return static_cast<double>(x); });
  }
}
template void ConvertFrom<float>(const float*, size_t, DataType, std::byte*);
template void ConvertFrom<double>(const double*, size_t, DataType, std::byte*);

void ReadIntegers(DataType from_type, const std::byte* from, size_t count, int64_t* to) {
  const auto widen = [](auto x) { return static_cast<int64_t>(x); };
  if (from_type == DataType::kInt32) return ConvertEach<int32_t>(from, count, to, widen);
  if (from_type == DataType::kInt64) return ConvertEach<int64_t>(from, count, to, widen);
  ConvertEach<uint8_t>(from, count, to, widen);
}

}  // namespace detloss
