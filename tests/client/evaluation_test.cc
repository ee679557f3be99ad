// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/evaluation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "tests/client/fake_loss_service.h"
#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<SelectedLoss> kBoxLosses = {{"iou", v1::LOSS_FAMILY_BOX},
                                              {"giou", v1::LOSS_FAMILY_BOX},
                                              {"diou", v1::LOSS_FAMILY_BOX},
                                              {"ciou", v1::LOSS_FAMILY_BOX}};
const std::vector<SelectedLoss> kAllLosses = {{"binary_cross_entropy", v1::LOSS_FAMILY_SIGMOID},
                                              {"iou", v1::LOSS_FAMILY_BOX}};

Dataset Sample() {
  const std::string directory = DETLOSS_TEST_DATA "/sample/";
  return *ReadCocoFiles(directory + "annotations.json", directory + "detections.json");
}

double Mean(const LossSum& loss) { return loss.sum / static_cast<double>(loss.count); }

TEST(Evaluate, FindsTheFiguresOfTheVocSample) {
  const std::string directory = DETLOSS_SHARED_DATA "/voc_sample/";
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << "there is no " << directory;
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      dataset, ReadCocoFiles(directory + "annotations.json", directory + "detections.json"));
  FakeLossService service(ComputeByDefinition);
  DETLOSS_ASSERT_OK_AND_ASSIGN(evaluation, Evaluate(dataset, kBoxLosses, service.MakeClient(), {}));
  EXPECT_EQ(evaluation.total.matched, 226);
  EXPECT_NEAR(Mean(evaluation.total.losses[0]), 0.21237294903, 5e-12);
  EXPECT_NEAR(Mean(evaluation.total.losses[1]), 0.21799084528, 5e-12);
  EXPECT_NEAR(Mean(evaluation.total.losses[2]), 0.21501054251, 5e-12);
  EXPECT_NEAR(Mean(evaluation.total.losses[3]), 0.215056249767, 5e-13);
}

TEST(Evaluate, CountsTheSample) {
  FakeLossService service(ComputeByDefinition);
  DETLOSS_ASSERT_OK_AND_ASSIGN(evaluation,
                               Evaluate(Sample(), kAllLosses, service.MakeClient(), {}));
  EXPECT_THAT(evaluation.losses, ElementsAre("binary_cross_entropy", "iou"));
  EXPECT_EQ(evaluation.total.annotations, 14);
  EXPECT_EQ(evaluation.total.detections, 20);
  EXPECT_EQ(evaluation.total.matched, 13);
  // Two detections lie in the crowd.
  EXPECT_EQ(evaluation.total.losses[0].count, 18);
  EXPECT_EQ(evaluation.total.losses[1].count, 13);
  // The last image has one detection and nothing to find.
  EXPECT_EQ(evaluation.images[5].losses[0].count, 1);
  EXPECT_EQ(evaluation.images[5].losses[1].count, 0);
}

TEST(Evaluate, AddsUpTheSameByImageAndByClass) {
  FakeLossService service(ComputeByDefinition);
  DETLOSS_ASSERT_OK_AND_ASSIGN(evaluation,
                               Evaluate(Sample(), kAllLosses, service.MakeClient(), {}));
  for (const std::vector<Tally>& tallies : {evaluation.images, evaluation.categories}) {
    LossSum sum;
    for (const Tally& tally : tallies) {
      sum.sum += tally.losses[1].sum;
      sum.count += tally.losses[1].count;
    }
    EXPECT_NEAR(sum.sum, evaluation.total.losses[1].sum, 1e-12);
    EXPECT_EQ(sum.count, evaluation.total.losses[1].count);
  }
}

TEST(Evaluate, GivesTheSameBitsForAnyNumberOfRequests) {
  std::atomic<int> requests = 0;
  FakeLossService service([&](const auto& request, auto& response) {
    ++requests;
    return ComputeByDefinition(request, response);
  });
  const Dataset dataset = Sample();
  const client::LossClient client = service.MakeClient();
  DETLOSS_ASSERT_OK_AND_ASSIGN(one, Evaluate(dataset, kAllLosses, client, {}));
  EXPECT_EQ(requests, 2);
  DETLOSS_ASSERT_OK_AND_ASSIGN(many,
                               Evaluate(dataset, kAllLosses, client, {.rows_per_request = 4}));
  EXPECT_GT(requests, 8);
  EXPECT_EQ(one.total.losses[0].sum, many.total.losses[0].sum);
  EXPECT_EQ(one.total.losses[1].sum, many.total.losses[1].sum);
}

TEST(Evaluate, ReportsProgress) {
  FakeLossService service(ComputeByDefinition);
  size_t calls = 0;
  const auto progress = [&](size_t done, size_t of) {
    EXPECT_EQ(done, ++calls);
    EXPECT_EQ(of, 3u);
  };
  EXPECT_THAT(Evaluate(Sample(), kBoxLosses, service.MakeClient(),
                       {.rows_per_request = 4, .progress = progress}),
              IsOk());
  EXPECT_EQ(calls, 3u);
}

TEST(Evaluate, EndsAtTheFirstError) {
  FakeLossService service(
      [](auto&, auto&) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "wrong"); });
  EXPECT_THAT(Evaluate(Sample(), kBoxLosses, service.MakeClient(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, "wrong"));
}

TEST(Evaluate, DoesNotTrustTheAnswer) {
  FakeLossService service([](auto&, auto&) { return grpc::Status::OK; });
  EXPECT_THAT(Evaluate(Sample(), kBoxLosses, service.MakeClient(), {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("does not fit")));
}

TEST(Evaluate, TakesAnyScoreForBoxLossesOnly) {
  FakeLossService service(ComputeByDefinition);
  Dataset dataset = Sample();
  dataset.detections[2].score = 7;
  EXPECT_THAT(Evaluate(dataset, kBoxLosses, service.MakeClient(), {}), IsOk());
  EXPECT_THAT(Evaluate(dataset, kAllLosses, service.MakeClient(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("detections[2].score: classification losses require [0, 1]")));
}

TEST(Evaluate, HasNothingToAskWithoutDetections) {
  FakeLossService service([](auto&, auto&) { return grpc::Status::CANCELLED; });
  Dataset dataset = Sample();
  dataset.detections.clear();
  DETLOSS_ASSERT_OK_AND_ASSIGN(evaluation, Evaluate(dataset, kAllLosses, service.MakeClient(), {}));
  EXPECT_EQ(evaluation.total.losses[0].count, 0);
}

TEST(Evaluate, AddsUpTheSegmentsOfOneImage) {
  FakeLossService service(ComputeByDefinition);
  const client::LossClient client = service.MakeClient();
  const Dataset dataset = Sample();
  DETLOSS_ASSERT_OK_AND_ASSIGN(whole, Evaluate(dataset, kAllLosses, client, {}));
  DETLOSS_ASSERT_OK_AND_ASSIGN(split,
                               Evaluate(dataset, kAllLosses, client, {.rows_per_request = 1}));
  for (size_t image = 0; image < dataset.images.size(); ++image) {
    for (size_t loss = 0; loss < kAllLosses.size(); ++loss) {
      const LossSum& expected = whole.images[image].losses[loss];
      EXPECT_NEAR(split.images[image].losses[loss].sum, expected.sum, 1e-14);
      EXPECT_EQ(split.images[image].losses[loss].count, expected.count);
    }
  }
}

}  // namespace
}  // namespace detloss::cli
