// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A client of several servers, of which some stop, come back or do not serve.

#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/client/fake_loss_service.h"
#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

bool Within(absl::Duration duration, absl::FunctionRef<bool()> holds) {
  const absl::Time end = absl::Now() + duration;
  while (!holds()) {
    if (absl::Now() > end) return false;
  }
  return true;
}

// Two servers that count their calls, and a client of both.
class SeveralServers : public testing::Test {
 protected:
  SeveralServers() {
    for (size_t i = 0; i < 2; ++i) Start(i);
  }

  void Start(size_t i) {
    services_[i] = std::make_unique<FakeLossService>(
        [this, i](auto&, auto&) {
          ++calls_[i];
          return grpc::Status::OK;
        },
        addresses_[i]);
  }

  // Calls until both servers are connected and answer.
  void CallUntilBothAnswer() {
    for (auto& calls : calls_) calls = 0;
    EXPECT_TRUE(Within(absl::Seconds(20), [this] {
      EXPECT_THAT(client_.ComputeLoss({}), IsOk());
      return calls_[0] > 0 && calls_[1] > 0;
    }));
  }

  // Calls from several threads until the end of the scope.
  class Load {
   public:
    explicit Load(const LossClient& client) {
      for (int t = 0; t < 4; ++t) {
        threads_.emplace_back([this, &client] {
          while (!enough_) EXPECT_THAT(client.ComputeLoss({}), IsOk());
        });
      }
    }
    ~Load() { enough_ = true; }

   private:
    std::atomic<bool> enough_ = false;
    std::vector<std::jthread> threads_;
  };

  // Sockets, whose paths a server that comes back has again.
  const std::array<std::string, 2> addresses_ = {
      absl::StrCat("unix:", testing::TempDir(), "/first.", getpid()),
      absl::StrCat("unix:", testing::TempDir(), "/second.", getpid())};
  std::array<std::atomic<int>, 2> calls_ = {};
  std::array<std::unique_ptr<FakeLossService>, 2> services_;
  LossClient client_{{.address = absl::StrJoin(addresses_, ",")}};
};

TEST_F(SeveralServers, TakeCallsInTurn) {
  CallUntilBothAnswer();
  const std::array<int, 2> before = {calls_[0], calls_[1]};
  for (int i = 0; i < 20; ++i) EXPECT_THAT(client_.ComputeLoss({}), IsOk());
  EXPECT_EQ(calls_[0] - before[0], 10);
  EXPECT_EQ(calls_[1] - before[1], 10);
}

TEST_F(SeveralServers, NoCallFailsWhenOneStopsAndComesBack) {
  CallUntilBothAnswer();
  const Load load(client_);
  for (size_t i = 0; i < 2; ++i) {
    services_[i].reset();
    const int before = calls_[1 - i];
    EXPECT_TRUE(Within(absl::Seconds(20), [&] { return calls_[1 - i] > before + 100; }));
    Start(i);
    calls_[i] = 0;
    EXPECT_TRUE(Within(absl::Seconds(20), [&] { return calls_[i] > 100; }));
  }
}

TEST_F(SeveralServers, AreNotCalledWhileTheyDoNotServe) {
  CallUntilBothAnswer();
  auto& health = *services_[0]->server().GetHealthCheckService();
  health.SetServingStatus(false);
  // The word of it needs a while.
  EXPECT_TRUE(Within(absl::Seconds(20), [&] {
    const int before = calls_[0];
    for (int i = 0; i < 20; ++i) EXPECT_THAT(client_.ComputeLoss({}), IsOk());
    return calls_[0] == before;
  }));
  health.SetServingStatus(true);
  CallUntilBothAnswer();
}

TEST_F(SeveralServers, AnotherAttemptGoesToAnotherServer) {
  std::atomic<int> refusals = 0;
  FakeLossService refusing(
      [&](auto&, auto&) {
        ++refusals;
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
      },
      "127.0.0.1:0");
  const LossClient client(
      {.address = absl::StrCat("127.0.0.1:", refusing.port(), ",", addresses_[0])});
  EXPECT_TRUE(Within(absl::Seconds(20), [&] {
    EXPECT_THAT(client.ComputeLoss({}), IsOk());
    return refusals > 0 && calls_[0] > 0;
  }));
  const int before = refusals;
  for (int i = 0; i < 10; ++i) EXPECT_THAT(client.ComputeLoss({}), IsOk());
  EXPECT_LE(refusals - before, 10);
}

TEST_F(SeveralServers, HaveTheHealthOfOneThatServes) {
  EXPECT_THAT(client_.CheckHealth(), IsOk());
  services_[0].reset();
  EXPECT_THAT(client_.CheckHealth(), IsOk());
}

TEST_F(SeveralServers, MayAllBeGone) {
  for (auto& service : services_) service.reset();
  const LossClient client(
      {.address = absl::StrJoin(addresses_, ","), .deadline = absl::Seconds(3)});
  EXPECT_THAT(client.ComputeLoss({}),
              StatusIs(absl::StatusCode::kUnavailable,
                       testing::HasSubstr("no detloss server answers at unix:")));
}

// A host name may have several addresses; this one has at least one.
TEST(ServerByName, IsCalled) {
  FakeLossService service([](auto&, auto&) { return grpc::Status::OK; }, "127.0.0.1:0");
  const LossClient client({.address = absl::StrCat("localhost:", service.port())});
  for (int i = 0; i < 10; ++i) EXPECT_THAT(client.ComputeLoss({}), IsOk());
}

}  // namespace
}  // namespace detloss::client
