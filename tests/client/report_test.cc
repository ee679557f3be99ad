// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace detloss::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Dataset TwoImages() {
  return {.images = {{7, "a.jpg"}, {8, ""}},
          .categories = {{1, "cat"}},
          .annotations = {},
          .detections = {}};
}

Tally WithLoss(double sum, int64_t count) {
  return {.annotations = count, .detections = count, .matched = count, .losses = {{sum, count}}};
}

Evaluation OneLoss() {
  return {.losses = {"giou"},
          .total = WithLoss(3, 4),
          .images = {WithLoss(3, 4), WithLoss(0, 0)},
          .categories = {WithLoss(3, 4)}};
}

TEST(Report, HasTheFiguresInAllByClassAndByImage) {
  EXPECT_EQ(MakeReport(TwoImages(), OneLoss()), nlohmann::ordered_json::parse(R"({
    "summary": {"images": 2, "annotations": 4, "detections": 4, "matched": 4,
                "losses": {"giou": {"mean": 0.75, "sum": 3.0, "count": 4}}},
    "classes": [{"id": 1, "name": "cat", "annotations": 4, "detections": 4, "matched": 4,
                 "losses": {"giou": {"mean": 0.75, "sum": 3.0, "count": 4}}}],
    "images": [{"id": 7, "file_name": "a.jpg", "annotations": 4, "detections": 4, "matched": 4,
                "losses": {"giou": {"mean": 0.75, "sum": 3.0, "count": 4}}},
               {"id": 8, "file_name": "", "annotations": 0, "detections": 0, "matched": 0,
                "losses": {"giou": {"mean": null, "sum": 0.0, "count": 0}}}]})"));
}

TEST(WorstImages, AreThoseWithTheLargestMean) {
  Evaluation evaluation = OneLoss();
  evaluation.images = {WithLoss(3, 4), WithLoss(0, 0), WithLoss(1, 1), WithLoss(3, 4)};
  EXPECT_THAT(WorstImages(evaluation, 10), ElementsAre(2, 0, 3));
  EXPECT_THAT(WorstImages(evaluation, 1), ElementsAre(2));
}

TEST(PrintEvaluation, ShowsLossesClassesAndImages) {
  std::ostringstream out;
  PrintEvaluation(TwoImages(), OneLoss(), out);
  EXPECT_THAT(out.str(), HasSubstr("2 images, 4 annotations, 4 detections, 4 matched"));
  EXPECT_THAT(out.str(), HasSubstr("giou  0.75000000000    3      4\n"));
  EXPECT_THAT(out.str(), HasSubstr("cat              4           4        4  0.750000\n"));
  EXPECT_THAT(out.str(), HasSubstr("\n\nWORST IMAGES"));
  EXPECT_THAT(out.str(), HasSubstr("a.jpg"));
}

TEST(PrintEvaluation, HasNoWorstImageWithoutALoss) {
  Evaluation evaluation = OneLoss();
  evaluation.images = {WithLoss(0, 0), WithLoss(0, 0)};
  std::ostringstream out;
  PrintEvaluation(TwoImages(), evaluation, out);
  EXPECT_THAT(out.str(), testing::Not(HasSubstr("WORST")));
}

}  // namespace
}  // namespace detloss::cli
