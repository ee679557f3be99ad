// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a request leaves behind.

#include <gtest/gtest.h>

#include "tests/core/problem_data.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <malloc.h>

namespace detloss {
namespace {

size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(Scratch, OfALongRowEndsWithItsRequest) {
  ProblemData data(
      *FindLoss("cross_entropy"),
      {.shape = {2, 1 << 18}, .type = DataType::kFloat16, .target = TargetKind::kInt64Index});
  data.problem.statistics = true;
  const size_t before = BytesInUse();
  ASSERT_TRUE(ComputeLoss(data.problem).ok());
  EXPECT_LT(BytesInUse(), before + (1 << 18));
}

}  // namespace
}  // namespace detloss
#endif
