// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The elementary functions of the kernels over all binary32 numbers of their domains, against
// Highway's in binary64, which are right to a few of its last places. The best target sees every
// number, unless sanitizers make that slow, the others every 61st.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/math_test.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "core/kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct ExponentialOf {
  template <class D, class V>
  static HWY_INLINE V Ours(D d, V x) {
    return Exponential(d, x);
  }
  template <class D, class V>
  static HWY_INLINE V True(D d, V x) {
    return hn::Exp(d, x);
  }
};

struct Logarithm1pOf {
  template <class D, class V>
  static HWY_INLINE V Ours(D d, V x) {
    return Logarithm1p(d, x);
  }
  template <class D, class V>
  static HWY_INLINE V True(D d, V x) {
    return hn::Log1p(d, x);
  }
};

struct ArctangentOf {
  template <class D, class V>
  static HWY_INLINE V Ours(D d, V x) {
    return ArctangentOfRatio(d, x);
  }
  template <class D, class V>
  static HWY_INLINE V True(D d, V x) {
    return hn::Atan(d, x);
  }
};

// The largest relative error, times 2^24, of the numbers whose bits go from `first` to `last` in
// steps.
template <class Function>
double LargestError(uint32_t first, uint32_t last, uint32_t step) {
  const hn::CappedTag<double, 8> dd;
  const hn::Rebind<float, decltype(dd)> d;
  const hn::Rebind<uint32_t, decltype(dd)> du;
  constexpr size_t kLanes = hn::MaxLanes(dd);
  auto largest = hn::Zero(dd);
  for (uint64_t bits = first; bits <= last; bits += step * kLanes) {
    alignas(64) uint32_t each[kLanes];
    for (size_t i = 0; i < kLanes; ++i) {
      each[i] = static_cast<uint32_t>(std::min<uint64_t>(bits + i * step, last));
    }
    const auto x = hn::BitCast(d, hn::Load(du, each));
    const auto want = Function::True(dd, hn::PromoteTo(dd, x));
    const auto error = hn::Abs(hn::Sub(hn::PromoteTo(dd, Function::Ours(d, x)), want));
    // Of subnormal numbers the distance.
    const auto place = hn::Max(hn::Mul(hn::Abs(want), hn::Set(dd, 0x1p-24)), hn::Set(dd, 0x1p-149));
    // NaN is the largest error of all: Max() may lose it.
    const auto relative = hn::Div(error, place);
    const auto worse = hn::IfThenElse(hn::IsNaN(relative), Infinity(dd), relative);
    largest = hn::Max(largest, worse);
  }
  return hn::GetLane(hn::MaxOfLanes(dd, largest));
}

double LargestErrorOfExponential(uint32_t step) {
  return LargestError<ExponentialOf>(std::bit_cast<uint32_t>(-0.0f),
                                     std::bit_cast<uint32_t>(std::numeric_limits<float>::lowest()),
                                     step);
}
double LargestErrorOfLogarithm1p(uint32_t step) {
  return LargestError<Logarithm1pOf>(0, std::bit_cast<uint32_t>(1.0f), step);
}
double LargestErrorOfArctangent(uint32_t step) {
  return LargestError<ArctangentOf>(0, std::bit_cast<uint32_t>(1.0f), step);
}

// e^x, log(1 + x) and atan(x).
void Evaluate(float x, float* results) {
  const hn::CappedTag<float, 1> d;
  const auto v = hn::Set(d, x);
  results[0] = hn::GetLane(Exponential(d, v));
  results[1] = hn::GetLane(Logarithm1p(d, v));
  results[2] = hn::GetLane(ArctangentOfRatio(d, v));
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

HWY_EXPORT(LargestErrorOfExponential);
HWY_EXPORT(LargestErrorOfLogarithm1p);
HWY_EXPORT(LargestErrorOfArctangent);
HWY_EXPORT(Evaluate);

// Before a test limits the targets to its own.
const int64_t kBestTarget = RunnableTargets().front();

class MathTest : public OnEveryTarget {
 protected:
  static uint32_t Step() {
#ifdef NDEBUG
    return GetParam() == kBestTarget ? 1 : 61;
#else
    return 61;
#endif
  }
};
INSTANTIATE_TEST_SUITE_P(Targets, MathTest, testing::ValuesIn(RunnableTargets()), TargetName);

TEST_P(MathTest, ExponentialIsRightForEveryNumber) {
  EXPECT_LE(HWY_DYNAMIC_DISPATCH(LargestErrorOfExponential)(Step()), 1.5);
}
TEST_P(MathTest, Logarithm1pIsRightForEveryNumber) {
  EXPECT_LE(HWY_DYNAMIC_DISPATCH(LargestErrorOfLogarithm1p)(Step()), 2.6);
}
TEST_P(MathTest, ArctangentIsRightForEveryNumber) {
  EXPECT_LE(HWY_DYNAMIC_DISPATCH(LargestErrorOfArctangent)(Step()), 1.4);
}

TEST_P(MathTest, TheEndsOfTheRangeAreExact) {
  float results[3];
  HWY_DYNAMIC_DISPATCH(Evaluate)(0, results);
  EXPECT_EQ(results[0], 1);
  EXPECT_EQ(results[1], 0);
  EXPECT_EQ(results[2], 0);
  HWY_DYNAMIC_DISPATCH(Evaluate)(-std::numeric_limits<float>::infinity(), results);
  EXPECT_EQ(results[0], 0);
}

// NaN of any payload and sign.
TEST_P(MathTest, NotANumberStays) {
  for (const uint32_t bits : {0x7FC00000u, 0xFFC00000u, 0x7F800001u, 0xFFFFFFFFu, 0x7FC001FFu}) {
    float results[3];
    HWY_DYNAMIC_DISPATCH(Evaluate)(std::bit_cast<float>(bits), results);
    for (const float result : results) EXPECT_TRUE(std::isnan(result)) << bits;
  }
}

}  // namespace
}  // namespace detloss
#endif  // HWY_ONCE
