// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The SIMD targets of this build, and how a test runs on one of them.

#ifndef DETLOSS_TESTS_CORE_SIMD_TARGET_H_
#define DETLOSS_TESTS_CORE_SIMD_TARGET_H_

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cstdint>
#include <string>
#include <vector>

namespace detloss {

// The targets that were compiled and that this CPU has, best first.
inline std::vector<int64_t> RunnableTargets() {
  std::vector<int64_t> targets;
  for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    targets.push_back(left & -left);
  }
  return targets;
}

// Kernels run on `target` while this lives.
class ScopedTarget {
 public:
  explicit ScopedTarget(int64_t target) { Choose(target); }
  ~ScopedTarget() { Choose(0); }
  ScopedTarget(const ScopedTarget&) = delete;
  ScopedTarget& operator=(const ScopedTarget&) = delete;

 private:
  static void Choose(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

// Tests that run on every target: TEST_P of a suite that derives from it, made by
// `INSTANTIATE_TEST_SUITE_P(Targets, Suite, testing::ValuesIn(RunnableTargets()), TargetName)`.
class OnEveryTarget : public testing::TestWithParam<int64_t> {
 private:
  ScopedTarget target_{GetParam()};
};

inline std::string TargetName(const testing::TestParamInfo<int64_t>& info) {
  return hwy::TargetName(info.param);
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_CORE_SIMD_TARGET_H_
