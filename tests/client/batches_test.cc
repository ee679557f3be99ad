// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace detloss::cli {
namespace {

using testing::ElementsAre;

TEST(Logit, IsFiniteForEveryScore) {
  EXPECT_EQ(Logit(0.5), 0);
  EXPECT_NEAR(Logit(0.75), std::log(3), 1e-15);
  EXPECT_NEAR(Logit(0), -27.6, 0.1);
  EXPECT_NEAR(Logit(1), 27.6, 0.1);
}

TEST(MakeBatches, CutsBetweenSegments) {
  const std::string directory = DETLOSS_TEST_DATA "/sample/";
  const Dataset dataset =
      *ReadCocoFiles(directory + "annotations.json", directory + "detections.json");
  const std::vector<Match> matches = MatchDetections(dataset, 0.5);
  size_t rows = 0;
  for (const Batch& batch : MakeBatches(dataset, matches, v1::LOSS_FAMILY_BOX, 4)) {
    for (const Segment& segment : batch) rows += segment.detections.size();
  }
  EXPECT_EQ(rows, 13u);
  EXPECT_EQ(MakeBatches(dataset, matches, v1::LOSS_FAMILY_BOX, 4).size(), 3u);
}

TEST(MakeBatches, SplitsASegmentThatIsTooLong) {
  Dataset dataset;
  dataset.detections.assign(10, {.box = {0, 0, 1, 1}, .score = 0.5});
  const std::vector<Match> matches(10);
  std::vector<size_t> sizes;
  for (const Batch& batch : MakeBatches(dataset, matches, v1::LOSS_FAMILY_SIGMOID, 4)) {
    ASSERT_EQ(batch.size(), 1u);
    sizes.push_back(batch[0].detections.size());
  }
  EXPECT_THAT(sizes, ElementsAre(4, 4, 2));
}

}  // namespace
}  // namespace detloss::cli
