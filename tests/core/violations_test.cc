// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Every way in which a problem can be wrong: the field, the reason, and what the text says.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "detloss/violation.h"
#include "tests/core/problem_data.h"

namespace detloss {
namespace {

struct Row {
  const char* loss;
  Shape shape;
  TargetKind target;
  std::function<void(ProblemData&)> spoil;
  const char* field;
  Reason reason;
  const char* text;  // a part of the description
};

void Reshape(TensorView& tensor, Shape shape) { tensor.shape = std::move(shape); }

// A tensor of zeros.
TensorView Zeros(DataType type, Shape shape) {
  static const std::vector<double> zeros(4096);
  return TensorView::Of(type, std::move(shape), zeros.data());
}

using enum TargetKind;
using enum Reason;

std::vector<Row> ScalarRows() {
  return {
      {"l1", {2}, kDense, [](auto& d) { d.problem.loss = nullptr; }, "loss", kRequired, "got none"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { d.problem.scale = NAN; },
       "scale",
       kParameterOutOfRange,
       "must be finite, got nan"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { d.problem.normalizer = 0; },
       "normalizer",
       kParameterOutOfRange,
       "must be finite and greater than 0, got 0"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { d.problem.normalizer = HUGE_VAL; },
       "normalizer",
       kParameterOutOfRange,
       "got inf"},
      {"l1",
       {2},
       kDense,
       [](auto& d) {
         d.problem.normalizer = 2;
         d.problem.reduction = Reduction::kSum;
       },
       "normalizer",
       kNotApplicable,
       "needs reduction MEAN, got SUM"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { d.problem.easy_threshold = 1; },
       "easy_threshold",
       kParameterOutOfRange,
       "must be in (0, 1), got 1"},
  };
}

std::vector<Row> ParameterRows() {
  return {
      {"sigmoid_focal",
       {2},
       kDense,
       [](auto& d) { d.Parameter("gamma").number = -1; },
       "sigmoid_focal.gamma",
       kParameterOutOfRange,
       "must be in [0, 16], got -1"},
      {"sigmoid_focal",
       {2},
       kDense,
       [](auto& d) { d.Parameter("gamma").number = NAN; },
       "sigmoid_focal.gamma",
       kParameterOutOfRange,
       "got nan"},
      {"sigmoid_focal",
       {2},
       kDense,
       [](auto& d) { d.Parameter("alpha").number = -0.5; },
       "sigmoid_focal.alpha",
       kParameterOutOfRange,
       "must be in [0, 1] or -1, got -0.5"},
      {"smooth_l1",
       {2},
       kDense,
       [](auto& d) { d.Parameter("beta").number = 0; },
       "smooth_l1.beta",
       kParameterOutOfRange,
       "must be finite and greater than 0, got 0"},
      {"cross_entropy",
       {2, 3},
       kInt64Index,
       [](auto& d) {
         d.Parameter("class_weights").numbers = {1, -2, 1};
       },
       "cross_entropy.class_weights[1]",
       kParameterOutOfRange,
       "got -2"},
      {"cross_entropy",
       {2, 3},
       kInt64Index,
       [](auto& d) {
         d.Parameter("class_weights").numbers = {1, 2};
       },
       "cross_entropy.class_weights",
       kShapeMismatch,
       "must have 3 numbers, got 2"},
      {"binary_cross_entropy",
       {2, 3},
       kDense,
       [](auto& d) {
         d.Parameter("positive_weight").numbers = {1, 2};
       },
       "binary_cross_entropy.positive_weight",
       kShapeMismatch,
       "must have 1 or 3 numbers, got 2"},
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) { d.Parameter("format").number = 3; },
       "giou.format",
       kUnknownValue,
       "must be one of XYXY, XYWH, CXCYWH, got the index 3"},
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) { d.Parameter("convention").number = -1; },
       "giou.convention",
       kUnknownValue,
       "must be one of EXACT, TORCHVISION, got the index -1"},
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) { d.problem.parameters = ParameterValues(FindLoss("smooth_l1")->parameters); },
       "giou",
       kSizeMismatch,
       "must have 2 parameters, got 1"},
      {"cross_entropy",
       {2, 3},
       kDense,
       [](auto& d) { d.Parameter("ignore_index").integer = 1; },
       "cross_entropy.ignore_index",
       kNotApplicable,
       "needs class indices as target, got FLOAT64 [2, 3]"},
  };
}

// Each tensor by itself.
std::vector<Row> TensorRows() {
  return {
      {"l1",
       {2},
       kDense,
       [](auto& d) { d.problem.prediction = Zeros(DataType::kInt32, {2}); },
       "prediction.data_type",
       kDataTypeUnsupported,
       "got INT32"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { Reshape(d.problem.prediction, {-2}); },
       "prediction.shape",
       kShapeMismatch,
       "got [-2]"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { Reshape(d.problem.target, {3}); },
       "target.data",
       kSizeMismatch,
       "must have 24 bytes for shape [3] of FLOAT64, got 16"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { Reshape(d.problem.prediction, Shape(9, 1)); },
       "prediction.shape",
       kLimitExceeded,
       "must have at most 8 axes, got 9"},
      {"l1",
       {2},
       kDense,
       [](auto& d) { Reshape(d.problem.prediction, {int64_t{1} << 40}); },
       "prediction.shape",
       kLimitExceeded,
       "must have at most 268435456 elements"},
      {"l1",
       {2},
       kDense,
       [](auto& d) {
         Reshape(d.problem.prediction, {int64_t{1} << 40, int64_t{1} << 40});
       },
       "prediction.shape",
       kShapeMismatch,
       "product below 2^63"},
      {"l1",
       {2},
       kDense,
       [](auto& d) {
         d.problem.prediction = Zeros(DataType::kFloat32, {int64_t{1} << 40, 0});
       },
       "prediction.shape",
       kLimitExceeded,
       "elements, a length of 0 counted as 1, got 1099511627776"},
      {"l1",
       {2},
       kDense,
       [](auto& d) {
         d.problem.target = Zeros(DataType::kFloat32, {0, int64_t{1} << 40, int64_t{1} << 40});
       },
       "target.shape",
       kShapeMismatch,
       "product below 2^63"},
  };
}

// The tensors with the loss and with each other.
std::vector<Row> FitRows() {
  return {
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) {
         Reshape(d.problem.prediction, {4, 2});
       },
       "prediction.shape",
       kShapeMismatch,
       "must be [.., 4] for boxes, got [4, 2]"},
      {"cross_entropy",
       {2, 3},
       kInt64Index,
       [](auto& d) {
         d.problem.prediction = Zeros(DataType::kFloat32, {2, 0});
       },
       "prediction.shape",
       kShapeMismatch,
       "at least 1 class, got [2, 0]"},
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) { d.problem.target = Zeros(DataType::kFloat32, {4}); },
       "target.shape",
       kShapeMismatch,
       "the prediction [2, 4], got [4]"},
      {"cross_entropy",
       {2, 3},
       kInt64Index,
       [](auto& d) { d.problem.target = Zeros(DataType::kInt64, {3}); },
       "target.shape",
       kShapeMismatch,
       "class indices [2] of an integer type or the shape of the prediction"},
      {"softmax_focal",
       {2, 3},
       kInt64Index,
       [](auto& d) {
         d.problem.target = Zeros(DataType::kFloat32, {2, 3});
       },
       "target.shape",
       kShapeMismatch,
       "must be class indices [2], got FLOAT32 [2, 3]"},
      {"sigmoid_focal",
       {2, 3},
       kDense,
       [](auto& d) {
         d.problem.target = Zeros(DataType::kInt32, {2, 3});
       },
       "target.data_type",
       kDataTypeUnsupported,
       "got INT32"},
      {"l1",
       {2, 3},
       kDense,
       [](auto& d) { d.problem.weight = Zeros(DataType::kFloat32, {2}); },
       "weight.shape",
       kShapeMismatch,
       "must be broadcastable to [2, 3], got [2]"},
      {"giou",
       {2, 4},
       kDense,
       [](auto& d) {
         d.problem.weight = Zeros(DataType::kFloat32, {2, 4});
       },
       "weight.shape",
       kShapeMismatch,
       "must be broadcastable to [2], got [2, 4]"},
  };
}

std::vector<Row> SegmentRows() {
  const auto offsets = [](const std::vector<int64_t>& numbers) {
    return [numbers](ProblemData& d) { d.problem.segment_offsets = numbers; };
  };
  const auto row = [&](const std::vector<int64_t>& numbers, const char* text) {
    return Row{"giou", {3, 4}, kDense, offsets(numbers), "segment_offsets", kInvalidSegments, text};
  };
  return {
      row({0}, "must be at least 2 numbers, never falling, from 0 to the number of rows 3, got 1"),
      row({1, 3}, "got 1 at [0]"),
      row({0, 2}, "got 2 at the end"),
      row({0, 4}, "got 4 at the end"),
      row({0, 2, 1, 3}, "got 1 after 2 at [2]"),
      {"giou",
       {3, 4},
       kDense,
       offsets(std::vector<int64_t>((1 << 16) + 2)),
       "segment_offsets",
       kLimitExceeded,
       "must make at most 65536 segments, got 65537"},
      {"giou",
       {3, 4},
       kDense,
       [](auto& d) {
         d.problem.segment_offsets = {0, 3};
         d.problem.reduction = Reduction::kNone;
       },
       "segment_offsets",
       kNotApplicable,
       "needs reduction MEAN or SUM, got NONE"},
  };
}

void ExpectViolation(const Row& row) {
  SCOPED_TRACE(std::string(row.loss) + " " + row.field + " " + row.text);
  ProblemData data(*FindLoss(row.loss), {.shape = row.shape, .target = row.target});
  std::vector<Violation> violations;
  EXPECT_TRUE(MakePlan(data.problem, Limits(), violations)) << "right before it is spoilt";
  row.spoil(data);
  EXPECT_FALSE(MakePlan(data.problem, Limits(), violations));
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, row.field);
  EXPECT_EQ(Name(violations[0].reason), Name(row.reason));
  EXPECT_NE(violations[0].description.find(row.text), std::string::npos)
      << violations[0].description;
  EXPECT_EQ(ToStatus(violations).code(), CodeOf(row.reason));
}

TEST(Violations, NameTheFieldAndWhatIsRequiredAndGot) {
  for (const auto& rows : {ScalarRows(), ParameterRows(), TensorRows(), FitRows(), SegmentRows()}) {
    for (const Row& row : rows) ExpectViolation(row);
  }
}

std::vector<std::string> FieldsOf(const Problem& problem) {
  std::vector<Violation> violations;
  EXPECT_FALSE(MakePlan(problem, Limits(), violations));
  std::vector<std::string> fields;
  for (const Violation& violation : violations) fields.push_back(violation.field);
  return fields;
}

using Fields = std::vector<std::string>;

TEST(Violations, ComeAllAtOnce) {
  ProblemData data(*FindLoss("sigmoid_focal"), {.shape = {2}});
  data.Parameter("gamma").number = 17;
  data.problem.scale = HUGE_VAL;
  data.SetWeight(DataType::kFloat32, {3}, {1, 1, 1});
  data.problem.segment_offsets = {0, 1};
  EXPECT_EQ(FieldsOf(data.problem),
            Fields({"sigmoid_focal.gamma", "scale", "weight.shape", "segment_offsets"}));
}

TEST(Violations, ComeWithoutALossToo) {
  ProblemData data(*FindLoss("l1"), {.shape = {2}});
  data.problem.loss = nullptr;
  data.problem.scale = HUGE_VAL;
  data.problem.target.shape = {3};
  data.problem.segment_offsets = {1, 2};
  EXPECT_EQ(FieldsOf(data.problem), Fields({"loss", "scale", "target.data", "segment_offsets"}));
}

// A tensor that is wrong hides what depends on it and nothing else.
TEST(Violations, GoOnBehindAWrongTensor) {
  ProblemData data(*FindLoss("cross_entropy"), {.shape = {2, 3}, .target = kInt64Index});
  data.SetWeight(DataType::kFloat32, {3}, {1, 1, 1});
  data.Parameter("class_weights").numbers = {1, 2};
  data.problem.segment_offsets = {0, 3};
  const Fields all = {"weight.shape", "cross_entropy.class_weights", "segment_offsets"};
  EXPECT_EQ(FieldsOf(data.problem), all);
  data.problem.target = Zeros(DataType::kInt64, {5});
  data.problem.wrong.target = true;
  EXPECT_EQ(FieldsOf(data.problem), all);
  data.problem.wrong.weight = true;
  EXPECT_EQ(FieldsOf(data.problem), Fields({"cross_entropy.class_weights", "segment_offsets"}));
  data.problem.wrong.prediction = true;
  EXPECT_EQ(FieldsOf(data.problem), Fields());
  data.problem.segment_offsets = {0, 3, 2};
  data.Parameter("class_weights").numbers = {1, -2};
  EXPECT_EQ(FieldsOf(data.problem), Fields({"cross_entropy.class_weights[1]", "segment_offsets"}));
}

// Whether logits of rank 1 are one row or many, only the target tells.
TEST(Violations, LeaveTheRowsOpenThatAWrongTargetDecides) {
  ProblemData data(*FindLoss("sigmoid_focal"), {.shape = {3}});
  data.problem.wrong.target = true;
  data.problem.segment_offsets = {0, 1};
  EXPECT_EQ(FieldsOf(data.problem), Fields());
}

TEST(Violations, OfOneFieldAreFew) {
  ProblemData data(*FindLoss("cross_entropy"), {.shape = {1, 1000}, .target = kInt64Index});
  data.Parameter("class_weights").numbers.assign(1000, -1);
  EXPECT_EQ(FieldsOf(data.problem).size(), 16u);
  data.Parameter("class_weights").numbers.assign(3000000, -1);
  EXPECT_EQ(FieldsOf(data.problem), Fields({"cross_entropy.class_weights"}));
}

// 2^61 numbers of 8 bytes are 2^64 bytes, which a size_t counts as none.
TEST(Violations, NoLimitMakesSizesOverflow) {
  ProblemData data(*FindLoss("l1"), {.shape = {2}});
  const TensorView enormous = {DataType::kFloat64, {int64_t{1} << 61}, Bytes()};
  data.problem.prediction = enormous;
  data.problem.target = enormous;
  Limits limits;
  limits.elements_max = std::numeric_limits<int64_t>::max();
  std::vector<Violation> violations;
  EXPECT_FALSE(MakePlan(data.problem, limits, violations));
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "prediction.data");
  EXPECT_NE(violations[0].description.find("2^64 or more bytes"), std::string::npos);
}

}  // namespace
}  // namespace detloss
