// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the real server takes from the system, and that it gives it back.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "detloss/client/loss_client.h"
#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

// A number of /proc/PID/status, which has it in kibibytes.
int64_t BytesOf(Daemon& daemon, const std::string& field) {
  const std::string status =
      ReadFile("/proc/" + std::to_string(daemon.process().pid()) + "/status");
  std::istringstream rest(status.substr(status.find(field + ":") + field.size() + 1));
  int64_t kibibytes = 0;
  rest >> kibibytes;
  return kibibytes << 10;
}

// Begins to measure the most that a process holds anew.
void ResetPeak(Daemon& daemon) {
  WriteFile("/proc/" + std::to_string(daemon.process().pid()) + "/clear_refs", "5");
}

// Computes a loss of `rows` FLOAT32 logits: 8 bytes a row to the server, 4 back.
absl::Status Computed(const client::LossClient& client, int64_t rows) {
  const auto zeros = std::make_shared<const std::vector<float>>(static_cast<size_t>(rows));
  const client::TensorRef tensor = client::MakeTensorRef(zeros, {rows});
  return client.Compute(v1::SigmoidFocalLoss(), tensor, tensor).status();
}

void Compute(const client::LossClient& client, int64_t rows) {
  const absl::Status status = Computed(client, rows);
  EXPECT_TRUE(status.ok()) << status;
}

// gRPC cancels messages when it holds too many bytes of them.
void ComputeIfThereIsRoom(const client::LossClient& client, int64_t rows) {
  const absl::Status status = Computed(client, rows);
  EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status)) << status;
}

// What a request costs beside its bytes and those of its reply, in the server and in gRPC.
constexpr int64_t kConstant = 12 * kMebibyte;

TEST(Memory, IsThatOfTheBytesOfRequestsAndReplies) {
  for (const int64_t rows : {4 * kMebibyte, 16 * kMebibyte}) {
    Daemon daemon;
    const client::LossClient client({.address = daemon.address()});
    Compute(client, 100000);
    const int64_t before = BytesOf(daemon, "VmRSS");
    ResetPeak(daemon);
    Compute(client, rows);
    const int64_t most = 8 * rows + 4 * rows * 11 / 10 + kConstant;
    EXPECT_LE((BytesOf(daemon, "VmHWM") - before) >> 20, most >> 20) << rows;
  }
}

// The bound of docs/operations.md, with small limits and far more clients than they have room for.
TEST(Memory, StaysWithinItsBound) {
  constexpr int64_t kInFlight = 64, kRequest = 16, kClients = 24;  // mebibytes, but for the last
  Daemon daemon({"--in_flight_bytes_max=" + std::to_string(kInFlight * kMebibyte),
                 "--request_bytes_max=" + std::to_string(kRequest * kMebibyte)});
  std::vector<std::thread> threads;
  for (int t = 0; t < kClients; ++t) {
    threads.emplace_back([&] {
      const client::LossClient client({.address = daemon.address(), .deadline = absl::Minutes(2)});
      for (int i = 0; i < 4; ++i) ComputeIfThereIsRoom(client, 3 * kMebibyte / 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(BytesOf(daemon, "VmHWM") >> 20, 80 + kInFlight * 9 / 4 + 2 * kRequest + kClients);
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  EXPECT_GT(daemon.Lines("metrics").back()["detloss_errors_total"].value("OVERLOADED", 0), 0);
}

void Burst(const client::LossClient& client) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { Compute(client, 4 * kMebibyte); });
  for (std::thread& thread : threads) thread.join();
}

// Whether what is resident comes down to `bytes` soon.
bool ComesDown(Daemon& daemon, int64_t bytes) {
  for (int i = 0; i < 100; ++i) {
    if (BytesOf(daemon, "VmRSS") <= bytes) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

// Up to 20 MiB, which gRPC keeps to read from a connection that is open, may be left of a burst of
// 190; so as not to depend on how much, one of a few bursts has to come down.
TEST(Memory, GoesBackToTheSystemAfterABurst) {
  Daemon daemon;
  {
    const client::LossClient client({.address = daemon.address()});
    Compute(client, 100000);
  }
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const int64_t before = BytesOf(daemon, "VmRSS");
  const client::LossClient client({.address = daemon.address()});
  Burst(client);
  // A request and its reply at least, less what was there from before.
  EXPECT_GE(BytesOf(daemon, "VmHWM") - before, 40 * kMebibyte);
  for (int more = 0; more < 8; ++more) {
    if (ComesDown(daemon, before + 24 * kMebibyte)) return;
    Burst(client);
  }
  FAIL() << BytesOf(daemon, "VmRSS") << " bytes are resident, " << before << " before";
}

}  // namespace
}  // namespace detloss
