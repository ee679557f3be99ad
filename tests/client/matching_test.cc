// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/matching.h"

#include <gtest/gtest.h>

namespace detloss::cli {
namespace {

constexpr Box kBox = {0, 0, 10, 10};

Annotation Object(const Box& box, size_t image = 0, size_t category = 0) {
  return {.image = image, .category = category, .box = box};
}
Annotation Crowd(const Box& box) { return {.box = box, .crowd = true}; }
Detection Found(const Box& box, double score, size_t image = 0, size_t category = 0) {
  return {.image = image, .category = category, .box = box, .score = score};
}

std::vector<Match> MatchAll(std::vector<Annotation> annotations, std::vector<Detection> detections,
                            double iou_threshold = 0.5) {
  return MatchDetections({.images = {},
                          .categories = {},
                          .annotations = std::move(annotations),
                          .detections = std::move(detections)},
                         iou_threshold);
}

TEST(Iou, IsIntersectionOverUnion) {
  EXPECT_EQ(Iou(kBox, kBox), 1);
  EXPECT_EQ(Iou(kBox, {0, 0, 10, 5}), 0.5);
  EXPECT_EQ(Iou(kBox, {10, 0, 10, 10}), 0);
  EXPECT_EQ(Iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

TEST(Matching, TakesTheAnnotationWithTheLargestIou) {
  const auto matches = MatchAll({Object({0, 0, 10, 6}), Object({0, 0, 10, 9})}, {Found(kBox, 0.5)});
  EXPECT_EQ(matches[0].outcome, Outcome::kMatched);
  EXPECT_EQ(matches[0].annotation, 1u);
}

TEST(Matching, TakesTheLastAnnotationOfEqualIou) {
  const auto matches = MatchAll({Object(kBox), Object(kBox)}, {Found(kBox, 0.5)});
  EXPECT_EQ(matches[0].annotation, 1u);
}

TEST(Matching, FindsNothingWithBoxesTooLargeForTheirAreas) {
  const Box huge = {0, 0, 1e300, 1e300};
  EXPECT_EQ(MatchAll({Object(huge)}, {Found(huge, 0.5)})[0].outcome, Outcome::kUnmatched);
}

TEST(Matching, ServesHigherScoresFirst) {
  const auto matches = MatchAll(
      {Object(kBox)}, {Found({0, 0, 10, 9}, 0.5), Found(kBox, 0.4), Found({0, 0, 10, 8}, 0.6)});
  EXPECT_EQ(matches[0].outcome, Outcome::kUnmatched);
  EXPECT_EQ(matches[1].outcome, Outcome::kUnmatched);
  EXPECT_EQ(matches[2].outcome, Outcome::kMatched);
}

TEST(Matching, ServesEqualScoresInTheOrderOfTheFile) {
  const auto matches = MatchAll({Object(kBox)}, {Found({0, 0, 10, 8}, 0.5), Found(kBox, 0.5)});
  EXPECT_EQ(matches[0].outcome, Outcome::kMatched);
  EXPECT_EQ(matches[1].outcome, Outcome::kUnmatched);
}

TEST(Matching, LeavesTheSecondBestToTheNext) {
  const auto matches = MatchAll({Object(kBox), Object({0, 0, 10, 9})},
                                {Found(kBox, 0.9), Found(kBox, 0.8), Found(kBox, 0.7)});
  EXPECT_EQ(matches[0].annotation, 0u);
  EXPECT_EQ(matches[1].annotation, 1u);
  EXPECT_EQ(matches[2].outcome, Outcome::kUnmatched);
}

TEST(Matching, KeepsImagesAndCategoriesApart) {
  const auto matches = MatchAll({Object(kBox, 1, 0), Object(kBox, 0, 1)},
                                {Found(kBox, 0.9, 0, 0), Found(kBox, 0.9, 1, 1)});
  EXPECT_EQ(matches[0].outcome, Outcome::kUnmatched);
  EXPECT_EQ(matches[1].outcome, Outcome::kUnmatched);
}

TEST(Matching, IncludesTheThreshold) {
  const std::vector<Detection> half = {Found({0, 0, 10, 5}, 0.5)};
  EXPECT_EQ(MatchAll({Object(kBox)}, half, 0.5)[0].outcome, Outcome::kMatched);
  EXPECT_EQ(MatchAll({Object(kBox)}, half, 0.51)[0].outcome, Outcome::kUnmatched);
}

TEST(Matching, NeverUsesUpACrowd) {
  // A small part of the crowd: its IoU is far below the threshold.
  const auto matches = MatchAll({Crowd({0, 0, 100, 100})}, {Found(kBox, 0.9), Found(kBox, 0.8)});
  EXPECT_EQ(matches[0].outcome, Outcome::kCrowd);
  EXPECT_EQ(matches[1].outcome, Outcome::kCrowd);
}

TEST(Matching, PrefersAnObjectToACrowd) {
  const auto matches = MatchAll({Crowd({0, 0, 100, 100}), Object({0, 0, 10, 6})},
                                {Found(kBox, 0.9), Found(kBox, 0.8)});
  EXPECT_EQ(matches[0].outcome, Outcome::kMatched);
  EXPECT_EQ(matches[0].annotation, 1u);
  EXPECT_EQ(matches[1].outcome, Outcome::kCrowd);
}

}  // namespace
}  // namespace detloss::cli
