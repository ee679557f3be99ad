// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/retry.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include <vector>

#include "client/cpp/grpc_status.h"
#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::SizeIs;

// Time that passes only while the loop sleeps.
struct FakeTime {
  absl::Time now = absl::UnixEpoch();
  std::vector<absl::Duration> sleeps = {};

  RetryClock clock() {
    return {[this] { return now; },
            [this](absl::Duration duration) {
              sleeps.push_back(duration);
              now += duration;
            }};
  }
  absl::Time After(absl::Duration duration) const { return now + duration; }
};

absl::Status Overloaded(absl::Duration delay) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  google::rpc::Status status;
  status.add_details()->PackFrom(info);
  return ToAbslStatus(
      grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "overloaded", status.SerializeAsString()));
}

TEST(RetryLoop, ReturnsTheFirstSuccess) {
  FakeTime time;
  int attempts = 0;
  EXPECT_THAT(RetryLoop(
                  {}, time.After(absl::Minutes(10)),
                  [&] { return ++attempts < 4 ? absl::UnavailableError("") : absl::OkStatus(); },
                  time.clock()),
              IsOk());
  EXPECT_EQ(attempts, 4);
  EXPECT_THAT(time.sleeps, SizeIs(3));
}

TEST(RetryLoop, RepeatsACallThatAStoppingServerNeverBegan) {
  FakeTime time;
  int attempts = 0;
  EXPECT_THAT(RetryLoop(
                  {}, time.After(absl::Minutes(10)),
                  [&] { return ++attempts < 2 ? absl::CancelledError("") : absl::OkStatus(); },
                  time.clock()),
              IsOk());
  EXPECT_EQ(attempts, 2);
}

TEST(RetryLoop, DoesNotRepeatWrongRequestsAndLimits) {
  for (const absl::Status& error :
       {absl::InvalidArgumentError(""), absl::OutOfRangeError(""), absl::InternalError(""),
        absl::DeadlineExceededError(""), absl::ResourceExhaustedError("")}) {
    FakeTime time;
    int attempts = 0;
    EXPECT_EQ(RetryLoop(
                  {}, time.After(absl::Minutes(10)),
                  [&] {
                    ++attempts;
                    return error;
                  },
                  time.clock()),
              error);
    EXPECT_EQ(attempts, 1);
  }
}

TEST(RetryLoop, StaysWithinTheDeadline) {
  FakeTime time;
  const absl::Time deadline = time.After(absl::Seconds(60));
  EXPECT_THAT(RetryLoop(
                  {}, deadline, [] { return absl::UnavailableError("x"); }, time.clock()),
              StatusIs(absl::StatusCode::kUnavailable, "x"));
  EXPECT_LT(time.now, deadline);
  EXPECT_THAT(time.sleeps, SizeIs(Ge(10)));
}

TEST(RetryLoop, DoublesTheLongestWaitUpToItsMaximum) {
  const ClientOptions options = {.backoff_initial = absl::Seconds(1),
                                 .backoff_max = absl::Seconds(3)};
  for (int repetition = 0; repetition < 100; ++repetition) {
    FakeTime time;
    RetryLoop(
        options, time.After(absl::Minutes(10)),
        [&] { return time.sleeps.size() < 4 ? absl::UnavailableError("") : absl::OkStatus(); },
        time.clock())
        .IgnoreError();
    ASSERT_THAT(time.sleeps, SizeIs(4));
    EXPECT_LE(time.sleeps[0], absl::Seconds(1));
    EXPECT_LE(time.sleeps[1], absl::Seconds(2));
    EXPECT_LE(time.sleeps[2], absl::Seconds(3));
    EXPECT_LE(time.sleeps[3], absl::Seconds(3));
  }
}

TEST(RetryLoop, WaitsAtLeastAsLongAsTheServerAsks) {
  FakeTime time;
  RetryLoop(
      {}, time.After(absl::Minutes(1)), [] { return Overloaded(absl::Seconds(7)); }, time.clock())
      .IgnoreError();
  EXPECT_THAT(time.sleeps, SizeIs(Ge(3)));
  EXPECT_THAT(time.sleeps, Each(Ge(absl::Seconds(7))));
}

TEST(RetryLoop, DoesNotWaitForADelayBeyondTheDeadline) {
  FakeTime time;
  EXPECT_THAT(RetryLoop(
                  {}, time.After(absl::Seconds(5)), [] { return Overloaded(absl::Seconds(7)); },
                  time.clock()),
              StatusIs(absl::StatusCode::kResourceExhausted, "overloaded"));
  EXPECT_TRUE(time.sleeps.empty());
}

TEST(RetryLoop, ObeysAPushback) {
  FakeTime time;
  const auto unavailable = [](const char* pushback) {
    return ToAbslStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""),
                        {{"grpc-retry-pushback-ms", pushback}});
  };
  int attempts = 0;
  EXPECT_THAT(RetryLoop(
                  {}, time.After(absl::Minutes(10)),
                  [&] { return unavailable(++attempts < 3 ? "4000" : "-1"); }, time.clock()),
              StatusIs(absl::StatusCode::kUnavailable, ""));
  EXPECT_EQ(attempts, 3);
  EXPECT_THAT(time.sleeps, AllOf(SizeIs(2), Each(Ge(absl::Seconds(4)))));
}

TEST(RetryLoop, StopsAfterTheLastAttempt) {
  FakeTime time;
  int attempts = 0;
  RetryLoop(
      {.attempts_max = 3}, time.After(absl::Minutes(10)),
      [&] {
        ++attempts;
        return absl::UnavailableError("");
      },
      time.clock())
      .IgnoreError();
  EXPECT_EQ(attempts, 3);
}

}  // namespace
}  // namespace detloss::client
