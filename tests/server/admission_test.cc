// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "server/status.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

constexpr Budget kBudget = {.requests_max = 2,
                            .bytes_max = 1000,
                            .queue_max = absl::Milliseconds(100),
                            .compute_threads = 2};
const auto kNever = std::chrono::system_clock::time_point::max();

double NoPressure() { return 0; }

// Refused, with a reason to come back and when.
void ExpectOverloaded(const absl::Status& status, const std::string& what) {
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  ASSERT_TRUE(RetryDelayOf(status));
  EXPECT_GE(*RetryDelayOf(status), absl::Milliseconds(10));
  EXPECT_LE(*RetryDelayOf(status), absl::Seconds(5));
}

void ExpectNothingIsHeld(const Admission& admission) {
  EXPECT_EQ(admission.held().requests, 0);
  EXPECT_EQ(admission.held().bytes, 0);
  EXPECT_EQ(admission.held().announced, 0);
  EXPECT_EQ(admission.held().watches, 0);
  EXPECT_EQ(admission.held().work, absl::ZeroDuration());
}

TEST(Admission, CountsRequests) {
  Admission admission(kBudget, NoPressure);
  {
    auto first = admission.Enter({});
    auto second = admission.Enter({});
    ASSERT_TRUE(first.ok() && second.ok());
    ExpectOverloaded(admission.Enter({}).status(), "2 requests in flight, its limit");
    first->Release();
    EXPECT_TRUE(admission.Enter({}).ok());
  }
  ExpectNothingIsHeld(admission);
}

TEST(Admission, CountsBytesThatAreAnnounced) {
  Admission admission(kBudget, NoPressure);
  {
    auto first = admission.Enter({600});
    ASSERT_TRUE(first.ok());
    ExpectOverloaded(admission.Enter({500}).status(),
                     "hold 600 bytes, this one needs 500 more, the limit is 1000");
    EXPECT_EQ(admission.held().announced, 600);
    EXPECT_TRUE(admission.Enter({400}).ok());
  }
  ExpectNothingIsHeld(admission);
}

TEST(Admission, CountsBytesThatCome) {
  Admission admission(kBudget, NoPressure);
  auto first = admission.Enter({600});
  auto second = admission.Enter({100});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(admission.Raise({500}, kNever, *first).ok());  // fewer than announced
  EXPECT_EQ(admission.held().bytes, 500);
  EXPECT_EQ(admission.held().announced, 100);
  ExpectOverloaded(admission.Raise({501}, kNever, *second),
                   "hold 500 bytes, this one needs 501 more");
  EXPECT_EQ(admission.held().bytes, 500);
  EXPECT_TRUE(admission.Raise({500}, kNever, *second).ok());
  second->Shrink(20);
  EXPECT_EQ(admission.held().bytes, 520);
  first->Release();
  second->Release();
  ExpectNothingIsHeld(admission);
}

// Whoever announces and does not send must not keep others away.
TEST(Admission, PrefersWhatHasComeToWhatIsAnnounced) {
  Admission admission(kBudget, NoPressure);
  const auto announced = admission.Enter({1000});
  auto come = admission.Enter({});
  ASSERT_TRUE(announced.ok() && come.ok());
  EXPECT_TRUE(admission.Raise({1000}, kNever, *come).ok());
}

TEST(Admission, RefusesForGoodWhatNeverHasRoom) {
  Admission admission(kBudget, NoPressure);
  for (const auto& status : {admission.Enter({1001}).status(), [&] {
                               auto ticket = admission.Enter({});
                               return admission.Raise({1001}, kNever, *ticket);
                             }()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(ReasonOf(status), "LIMIT_EXCEEDED");
    EXPECT_FALSE(RetryDelayOf(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("hold 1001 bytes, the limit"));
  }
  ExpectNothingIsHeld(admission);
}

TEST(Admission, CountsWatchesByThemselves) {
  Budget budget = kBudget;
  budget.requests_max = 8;
  double pressure = 0;
  Admission admission(budget, [&] { return pressure; });
  {
    const auto first = admission.EnterWatch(), second = admission.EnterWatch();
    EXPECT_TRUE(first.ok() && second.ok());
    ExpectOverloaded(admission.EnterWatch().status(), "2 calls of this method in flight");
    EXPECT_EQ(admission.held().watches, 2);
    EXPECT_EQ(admission.held().requests, 0);
  }
  pressure = 1;
  ExpectOverloaded(admission.EnterWatch().status(), "100 % full");
  ExpectNothingIsHeld(admission);
}

TEST(Admission, KeepsRoomForSmallRequests) {
  Budget budget = kBudget;
  budget.small_bytes = 100;
  budget.requests_max = 10;
  Admission admission(budget, NoPressure);
  const auto large = admission.Enter({1000});
  ASSERT_TRUE(large.ok());
  ExpectOverloaded(admission.Enter({101}).status(), "needs 101 more");
  const auto small = admission.Enter({100});
  EXPECT_TRUE(small.ok());
  ExpectOverloaded(admission.Enter({100}).status(), "hold 1100 bytes");
}

TEST(Admission, KnowsTheQueueInTime) {
  Admission admission(kBudget, NoPressure);
  auto first = admission.Enter({});
  auto second = admission.Enter({});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(admission.Raise({0, absl::Milliseconds(300)}, kNever, *first).ok());
  EXPECT_EQ(admission.Queue(), absl::Milliseconds(150));  // of two threads
  const absl::Status status = admission.Raise({0, absl::Milliseconds(1)}, kNever, *second);
  ExpectOverloaded(status, "wait 150 ms for their turn, the limit is 100ms");
  EXPECT_EQ(*RetryDelayOf(status), absl::Milliseconds(100));
  EXPECT_TRUE(admission.Raise({10}, kNever, *second).ok());  // which waits for nobody
  first->Shrink(0);
  EXPECT_EQ(admission.Queue(), absl::ZeroDuration());
}

TEST(Admission, RefusesWhatCannotBeThereInTime) {
  Admission admission(kBudget, NoPressure);
  auto first = admission.Enter({});
  auto second = admission.Enter({});
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(admission.Raise({0, absl::Milliseconds(100)}, kNever, *first).ok());
  const auto soon = absl::ToChronoTime(absl::Now() + absl::Milliseconds(20));
  const absl::Status status = admission.Raise({0, absl::Milliseconds(100)}, soon, *second);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("of which 50 are for other requests"));
  const auto later = absl::ToChronoTime(absl::Now() + absl::Hours(1));
  EXPECT_TRUE(admission.Raise({0, absl::Milliseconds(100)}, later, *second).ok());
}

TEST(Admission, RefusesUnderPressure) {
  double pressure = 0.95;
  Admission admission(kBudget, [&] { return pressure; });
  auto ticket = admission.Enter({});
  ASSERT_TRUE(ticket.ok());
  EXPECT_TRUE(admission.Raise({10}, kNever, *ticket).ok());
  ExpectOverloaded(admission.Raise({10, absl::Milliseconds(1)}, kNever, *ticket), "95 % full");
  pressure = 1;
  ExpectOverloaded(admission.Enter({}).status(), "100 % full");
  pressure = 0;
  EXPECT_TRUE(admission.Enter({}).ok());
}

TEST(Admission, AddsUpWhateverThreadsDo) {
  Admission admission({.requests_max = 3,
                       .bytes_max = 100,
                       .queue_max = absl::Milliseconds(1),
                       .compute_threads = 1},
                      NoPressure);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        auto ticket = admission.Enter({i % 60});
        if (!ticket.ok() ||
            !admission.Raise({i % 70, absl::Microseconds(i % 900)}, kNever, *ticket).ok()) {
          ++refused;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectNothingIsHeld(admission);
}

}  // namespace
}  // namespace detloss
