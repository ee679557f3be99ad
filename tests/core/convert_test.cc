// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace detloss {
namespace {

struct Format {
  const char* name;
  int exponent_bits, mantissa_bits;
  float (*read)(uint16_t);
  uint16_t (*write)(float);
};

constexpr Format kFormats[] = {{"float16", 5, 10, Float16ToFloat, FloatToFloat16},
                               {"bfloat16", 8, 7, Bfloat16ToFloat, FloatToBfloat16}};

// The number of some bits, from the definition of its format.
double Decode(const Format& format, unsigned bits) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> format.mantissa_bits) & (2 * bias + 1);
  const int mantissa = static_cast<int>(bits) & ((1 << format.mantissa_bits) - 1);
  const double sign = bits & 0x8000u ? -1 : 1;
  if (exponent == 2 * bias + 1) return mantissa ? std::nan("") : sign * HUGE_VAL;
  const int whole = exponent ? mantissa + (1 << format.mantissa_bits) : mantissa;
  return sign * std::ldexp(whole, (exponent ? exponent : 1) - bias - format.mantissa_bits);
}

TEST(Convert, ReadsAndWritesEveryHalfNumber) {
  for (const Format& format : kFormats) {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      const float x = format.read(static_cast<uint16_t>(bits));
      const double want = Decode(format, bits);
      if (std::isnan(want)) {
        ASSERT_TRUE(std::isnan(x)) << format.name << " " << bits;
        ASSERT_TRUE(std::isnan(Decode(format, format.write(x)))) << format.name << " " << bits;
        continue;
      }
      ASSERT_EQ(static_cast<double>(x), want) << format.name << " " << bits;
      ASSERT_EQ(format.write(x), bits) << format.name;
    }
  }
}

// Between every two neighbors: the middle goes to the even one, the rest to the nearer one.
TEST(Convert, RoundsToTheNearestAndTiesToEven) {
  for (const Format& format : kFormats) {
    for (unsigned bits = 0; std::isfinite(Decode(format, bits + 1)); ++bits) {
      const auto low = static_cast<float>(Decode(format, bits));
      const auto high = static_cast<float>(Decode(format, bits + 1));
      const float middle = low + (high - low) / 2;
      const float infinity = std::numeric_limits<float>::infinity();
      ASSERT_EQ(format.write(middle), bits + bits % 2) << format.name;
      ASSERT_EQ(format.write(-middle), (bits + bits % 2) | 0x8000u) << format.name;
      ASSERT_EQ(format.write(std::nextafter(middle, -infinity)), bits) << format.name;
      ASSERT_EQ(format.write(std::nextafter(middle, infinity)), bits + 1) << format.name;
    }
  }
}

// From binary64 too: binary32 in between would turn what is just above the middle into the middle.
TEST(Convert, RoundsBinary64Once) {
  const auto write = [](DataType type, double x) {
    uint16_t bits = 0;
    ConvertFrom(&x, 1, type, reinterpret_cast<std::byte*>(&bits));
    return bits;
  };
  for (const auto& [type, format] :
       {std::pair(DataType::kFloat16, kFormats[0]), std::pair(DataType::kBfloat16, kFormats[1])}) {
    for (unsigned bits = 1; std::isfinite(Decode(format, bits + 1)); ++bits) {
      const double middle = (Decode(format, bits) + Decode(format, bits + 1)) / 2;
      const double less = middle * (1 - 0x1p-45), more = middle * (1 + 0x1p-45);
      ASSERT_EQ(write(type, middle), bits + bits % 2) << format.name;
      ASSERT_EQ(write(type, less), bits) << format.name;
      ASSERT_EQ(write(type, -more), (bits + 1) | 0x8000u) << format.name;
    }
    EXPECT_EQ(write(type, 1e300), write(type, HUGE_VAL)) << format.name;
    EXPECT_EQ(write(type, 1e-300), 0) << format.name;
    EXPECT_TRUE(std::isnan(Decode(format, write(type, std::nan(""))))) << format.name;
  }
}

TEST(Convert, TooLargeBecomesInfinity) {
  EXPECT_EQ(FloatToFloat16(65519.99f), 0x7BFF);
  EXPECT_EQ(FloatToFloat16(65520), 0x7C00);
  EXPECT_EQ(FloatToFloat16(-1e30f), 0xFC00);
  EXPECT_EQ(FloatToBfloat16(std::numeric_limits<float>::max()), 0x7F80);
}

}  // namespace
}  // namespace detloss
