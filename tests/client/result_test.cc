// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/result.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "detloss/client/tensor_ref.h"
#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using nlohmann::ordered_json;

v1::TermResult Result(const std::vector<double>& loss, std::vector<int64_t> shape) {
  v1::TermResult result;
  result.set_name("giou");
  client::FillTensor(client::MakeTensorRef(loss, std::move(shape)), *result.mutable_loss());
  return result;
}

TEST(ToJson, NestsTensorsAsTheirShapeSays) {
  EXPECT_EQ((*ToJson(Result({1}, {}), false))["loss"], 1);
  EXPECT_EQ((*ToJson(Result({1, 2}, {2}), false))["loss"], ordered_json::parse("[1.0, 2.0]"));
  EXPECT_EQ((*ToJson(Result({1, 2, 3, 4}, {2, 1, 2}), false))["loss"],
            ordered_json::parse("[[[1.0, 2.0]], [[3.0, 4.0]]]"));
  EXPECT_EQ((*ToJson(Result({}, {1LL << 40, 0}), false))["loss"], ordered_json::array());
}

TEST(ToJson, HasTheGradientOnlyWhenAskedFor) {
  v1::TermResult result = Result({1}, {});
  *result.mutable_gradient() = Result({3, 4}, {1, 2}).loss();
  EXPECT_FALSE((*ToJson(result, false)).contains("gradient"));
  EXPECT_EQ((*ToJson(result, true))["gradient"], ordered_json::parse("[[3.0, 4.0]]"));
}

TEST(ToJson, HasStatisticsWithTheNamesOfTheApi) {
  v1::TermResult result = Result({1}, {});
  result.mutable_statistics()->mutable_boxes()->set_mean_iou(0.5);
  const ordered_json json = *ToJson(result, false);
  EXPECT_EQ(json["statistics"]["boxes"]["mean_iou"], 0.5);
  EXPECT_EQ(json["statistics"]["gradient_norm"], 0);
}

TEST(ToJson, HasNumbersInStatistics) {
  v1::TermResult result = Result({1}, {});
  v1::TermStatistics& statistics = *result.mutable_statistics();
  statistics.set_element_count(1LL << 60);
  statistics.set_gradient_norm(std::numeric_limits<double>::quiet_NaN());
  const ordered_json json = *ToJson(result, false);
  EXPECT_EQ(json["statistics"]["element_count"], 1LL << 60);
  EXPECT_TRUE(json["statistics"]["gradient_norm"].is_null());
}

v1::TermResult SegmentedResult() {
  v1::TermResult result = Result({0.5, 0.25}, {2});
  for (const double sum : {1.0, 0.25}) result.add_segment_loss_sums(sum);
  for (const double denominator : {2.0, 1.0}) result.add_segment_denominators(denominator);
  return result;
}

TEST(ToJson, HasTheSegments) {
  EXPECT_EQ((*ToJson(SegmentedResult(), false))["segments"],
            ordered_json::parse(R"([{"loss": 0.5, "loss_sum": 1.0, "denominator": 2.0},
                                    {"loss": 0.25, "loss_sum": 0.25, "denominator": 1.0}])"));
  EXPECT_FALSE(ToJson(Result({1}, {}), false)->contains("segments"));
  v1::TermResult result = SegmentedResult();
  result.add_segment_denominators(3);
  EXPECT_THAT(ToJson(result, false), StatusIs(absl::StatusCode::kInternal, testing::_));
}

TEST(PrintResult, HasATableOfSegments) {
  std::ostringstream out;
  PrintResult(*ToJson(SegmentedResult(), false), out);
  EXPECT_THAT(out.str(), testing::EndsWith("\n"
                                           "SEGMENT  LOSS   SUM  DENOMINATOR\n"
                                           "      0   0.5     1            2\n"
                                           "      1  0.25  0.25            1\n"));
}

TEST(ToJson, RejectsMalformedTensors) {
  EXPECT_THAT(ToJson(Result({1, 2}, {3}), false),
              StatusIs(absl::StatusCode::kInternal, testing::_));
}

TEST(PrintResult, CutsLongArraysShort) {
  const std::vector<double> loss = {1, 2, 3, 4, 5, 6, 7, 8, 0.1};
  std::ostringstream out;
  PrintResult(*ToJson(Result(loss, {9}), false), out);
  EXPECT_THAT(out.str(), testing::HasSubstr("[1, 2, 3, 4, .., 6, 7, 8, 0.1]\n"));
}

TEST(PrintResult, HasALineForEachNumber) {
  v1::TermResult result = Result({0.25}, {});
  result.set_denominator(4);
  result.mutable_statistics()->mutable_boxes()->set_mean_iou(0.5);
  std::ostringstream out;
  PrintResult(*ToJson(result, false), out);
  EXPECT_THAT(out.str(), testing::HasSubstr("\nloss                                    0.25\n"));
  EXPECT_THAT(out.str(), testing::HasSubstr("\nstatistics.boxes.mean_iou               0.5\n"));
}

}  // namespace
}  // namespace detloss::cli
