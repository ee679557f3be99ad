// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Compares a message of the API with the reference, as tests/core/compare.h does results of the
// core: within the same tolerance.

#ifndef DETLOSS_TESTS_GOLDEN_EXPECT_RESULT_H_
#define DETLOSS_TESTS_GOLDEN_EXPECT_RESULT_H_

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "detloss/convert.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/decode.h"
#include "tests/core/compare.h"
#include "tests/reference/reference.h"

namespace detloss {

// Expects a number `stored` as that type. The tolerance is that of predictions of `type`.
inline void ExpectNear(absl::string_view what, double got, const reference::Quantity& want,
                       DataType type, DataType stored) {
  // At a kink the condition is about 10^9, since the reference steps across it, and NaN beside
  // infinity: of no use either way. The golden requests hit their kinks exactly: what the server
  // says there is as near as elsewhere.
  reference::Quantity near = want;
  if (!(want.condition < 1e6L)) near.condition = std::fabs(want.value) + 1;
  EXPECT_TRUE(Near(got, near, type, stored))
      << what << ": got " << got << ", want " << want.value << ", condition " << want.condition;
}

inline void ExpectTensor(absl::string_view what, const v1::Tensor& got, const Shape& shape,
                         const std::vector<reference::Quantity>& want, DataType type,
                         DataType stored) {
  SCOPED_TRACE(what);
  ASSERT_EQ(got.data_type(), static_cast<int>(stored));
  EXPECT_EQ(Shape(got.shape().begin(), got.shape().end()), shape);
  std::vector<double> numbers(got.values().values().begin(), got.values().values().end());
  if (got.has_data()) {
    ASSERT_EQ(got.data().size(), want.size() * SizeOf(stored));
    numbers.resize(want.size());
    ConvertTo(stored, reinterpret_cast<const std::byte*>(got.data().data()), numbers.size(),
              numbers.data());
  }
  ASSERT_EQ(numbers.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    ExpectNear(absl::StrCat(what, "[", i, "]"), numbers[i], want[i], type, stored);
  }
}

inline void ExpectSegments(const v1::TermResult& got, const reference::Expected& want,
                           DataType type) {
  const size_t count = want.segment_loss_sums.size();
  ASSERT_EQ(static_cast<size_t>(got.segment_loss_sums_size()), count);
  ASSERT_EQ(static_cast<size_t>(got.segment_denominators_size()), count);
  for (size_t s = 0; s < count; ++s) {
    const int i = static_cast<int>(s);
    ExpectNear(absl::StrCat("segment_loss_sums[", s, "]"), got.segment_loss_sums(i),
               want.segment_loss_sums[s], type, DataType::kFloat64);
    EXPECT_DOUBLE_EQ(got.segment_denominators(i),
                     static_cast<double>(want.segment_denominators[s]));
  }
}

inline void ExpectGroup(absl::string_view what, const v1::SampleGroup& got,
                        const reference::ExpectedGroup& want, DataType type) {
  SCOPED_TRACE(what);
  EXPECT_EQ(got.count(), want.count);
  ExpectNear("loss_sum", got.loss_sum(), want.loss_sum, type, DataType::kFloat32);
  ExpectNear("gradient_abs_sum", got.gradient_abs_sum(), want.gradient_abs_sum, type,
             DataType::kFloat32);
}

inline void ExpectStatistics(const v1::TermStatistics& got, const Problem& problem) {
  const reference::ExpectedStatistics want = reference::ComputeStatistics(problem);
  const DataType type = problem.prediction.data_type;
  EXPECT_EQ(got.element_count(), want.element_count);
  ExpectNear("gradient_norm", got.gradient_norm(), want.gradient_norm, type, DataType::kFloat32);
  ExpectNear("gradient_abs_max", got.gradient_abs_max(), want.gradient_abs_max, type,
             DataType::kFloat32);
  const Family family = problem.loss->family;
  EXPECT_EQ(got.has_classification(), family == Family::kSigmoid || family == Family::kSoftmax);
  EXPECT_EQ(got.has_boxes(), family == Family::kBox);
  if (got.has_classification()) {
    const v1::ClassificationStatistics& groups = got.classification();
    ExpectGroup("easy_positive", groups.easy_positive(), want.easy_positive, type);
    ExpectGroup("hard_positive", groups.hard_positive(), want.hard_positive, type);
    ExpectGroup("easy_negative", groups.easy_negative(), want.easy_negative, type);
    ExpectGroup("hard_negative", groups.hard_negative(), want.hard_negative, type);
  }
  // Without boxes there are none to count, here and there.
  EXPECT_EQ(got.boxes().degenerate_count(), want.degenerate_count);
  EXPECT_EQ(got.boxes().inverted_count(), want.inverted_count);
  EXPECT_EQ(got.boxes().non_overlapping_count(), want.non_overlapping_count);
  EXPECT_NEAR(got.boxes().mean_iou(), static_cast<double>(want.mean_iou), 1e-12);
}

// Expects that the result of a term is the reference's.
inline void ExpectResult(const v1::TermResult& got, const DecodedTerm& term,
                         const reference::Expected& want) {
  const Problem& problem = term.problem;
  const DataType type = problem.prediction.data_type;
  const DataType loss_type = type == DataType::kFloat64 ? type : DataType::kFloat32;
  EXPECT_EQ(got.name(), term.name);
  ExpectTensor("loss", got.loss(), want.loss_shape, want.loss, type, loss_type);
  ExpectNear("loss_sum", got.loss_sum(), want.loss_sum, type, DataType::kFloat64);
  EXPECT_DOUBLE_EQ(got.denominator(), static_cast<double>(want.denominator));
  EXPECT_EQ(got.has_gradient(), problem.gradient);
  if (got.has_gradient()) {
    ExpectTensor("gradient", got.gradient(), problem.prediction.shape, want.gradient, type, type);
  }
  ExpectSegments(got, want, type);
  EXPECT_EQ(got.non_finite_count(), want.non_finite_count);
  EXPECT_EQ(got.has_statistics(), problem.statistics);
  if (!got.has_statistics()) return;
  EXPECT_EQ(got.statistics().non_finite_count(), want.non_finite_count);
  ExpectStatistics(got.statistics(), problem);
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_GOLDEN_EXPECT_RESULT_H_
