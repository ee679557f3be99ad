// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "server/status.h"

namespace detloss {
namespace {

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  EXPECT_EQ(histogram.max(), 0);
}

TEST(Histogram, QuantilesAreAtMostAFifthTooLarge) {
  Histogram histogram;
  for (int64_t us = 1; us <= 10000; ++us) histogram.Record(us);
  for (const double q : {0.01, 0.5, 0.9, 0.99}) {
    const auto quantile = static_cast<double>(histogram.Quantile(q));
    EXPECT_GE(quantile, 1e4 * q) << q;
    EXPECT_LE(quantile, 1.2 * 1e4 * q) << q;
  }
  EXPECT_EQ(histogram.Quantile(1), 10000);
  EXPECT_EQ(histogram.max(), 10000);
}

TEST(Histogram, HoldsEveryDuration) {
  Histogram histogram;
  for (const int64_t us : {int64_t{0}, int64_t{-5}, std::numeric_limits<int64_t>::max()}) {
    histogram.Record(us);
  }
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.max(), std::numeric_limits<int64_t>::max());
}

TEST(Metrics, CountsByMethodCodeAndLoss) {
  Metrics metrics;
  RequestRecord record;
  record.method = "ComputeLoss";
  record.terms = {{"giou", 3, 12, 96}, {"giou", 2, 8, 64}, {"l1", 7, 7, 56}};
  record.non_finite_count = 4;
  record[Stage::kExecute] = 1000;
  for (int i = 0; i < 2; ++i) {
    metrics.Begin();
    metrics.End(record);
  }
  record.terms.clear();
  record.status = MakeError(Reason::kShapeMismatch, "");
  metrics.Begin();
  metrics.End(record);
  metrics.Begin();
  const LogFields fields =
      metrics.ToLog({.bytes_in_flight = 5, .queue = absl::Milliseconds(20), .connections = 3});
  EXPECT_EQ(fields["detloss_requests_total"]["ComputeLoss"]["OK"], 2);
  EXPECT_EQ(fields["detloss_requests_total"]["ComputeLoss"]["INVALID_ARGUMENT"], 1);
  EXPECT_EQ(fields["detloss_errors_total"], LogFields({{"SHAPE_MISMATCH", 1}}));
  EXPECT_EQ(fields["detloss_bytes_in_flight"], 5);
  EXPECT_EQ(fields["detloss_queue_seconds"], 0.02);
  EXPECT_EQ(fields["detloss_connections"], 3);
  EXPECT_EQ(fields["detloss_rows_total"]["giou"], 10);
  EXPECT_EQ(fields["detloss_tensor_bytes_total"]["giou"], 320);
  EXPECT_EQ(fields["detloss_rows_total"]["l1"], 14);
  EXPECT_EQ(fields["detloss_non_finite_elements_total"], 12);
  EXPECT_EQ(fields["detloss_requests_in_flight"], 1);
  EXPECT_EQ(fields["detloss_stage_duration_seconds"]["execute"]["max"], 1e-3);
}

TEST(Metrics, LosesNothingBetweenThreads) {
  Metrics metrics;
  RequestRecord record;
  record.method = "StreamComputeLoss";
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        metrics.Begin();
        metrics.End(record);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.ToLog({})["detloss_requests_total"]["StreamComputeLoss"]["OK"], 4000);
  EXPECT_EQ(metrics.in_flight(), 0);
}

}  // namespace
}  // namespace detloss
