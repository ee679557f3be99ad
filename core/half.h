// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Half precisions from and to binary32, number by number and without branches, so that a loop over
// them becomes vectors. Highway's own conversions differ by target.

#ifndef DETLOSS_CORE_HALF_H_
#define DETLOSS_CORE_HALF_H_

#include <bit>
#include <cmath>
#include <cstdint>

namespace detloss {

inline float FromBfloat16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

inline float FromFloat16(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  const uint32_t magnitude = uint32_t{bits & 0x7FFFu} << 13;
  // The exponents differ by 112; the product is exact, also of subnormals.
  const auto finite = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
  const uint32_t beyond = magnitude | 0x7F800000u;
  return std::bit_cast<float>(sign | (magnitude >= 0x0F800000u ? beyond : finite));
}

inline uint16_t ToBfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t quiet = (bits >> 16) | 0x40u;
  const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return static_cast<uint16_t>((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded);
}

inline uint16_t ToFloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  const uint32_t normal = ((magnitude + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13) - (112u << 10);
  // Adding 0.5 leaves round(magnitude x 2^24) in the last bits of the sum.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3F000000u;
  uint32_t half = magnitude < 0x38800000u ? subnormal : normal;
  half = magnitude >= 0x477FF000u ? 0x7C00u : half;  // 65520 and above
  half = magnitude > 0x7F800000u ? 0x7E00u : half;
  return static_cast<uint16_t>(sign | half);
}

// Narrows for a second narrowing: what is inexact becomes odd, so that nothing lands on a tie that
// was none. Boldo and Melquiond, "When double rounding is odd", IMACS 2005.
inline float ToOdd(float x) { return x; }
inline float ToOdd(double x) {
  const auto nearest = static_cast<float>(x);
  const auto rounded = static_cast<double>(nearest);
  if (rounded == x || std::isnan(x)) return nearest;
  const auto bits = std::bit_cast<uint32_t>(nearest);
  const uint32_t toward_zero = std::abs(rounded) > std::abs(x) ? bits - 1 : bits;
  return std::bit_cast<float>(toward_zero | 1u);
}

}  // namespace detloss

#endif  // DETLOSS_CORE_HALF_H_
