// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How detlossd starts, logs and ends.

#include "tests/e2e/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <thread>

#include "detloss/client/loss_client.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

client::LossClient ClientOf(const std::string& address) {
  return client::LossClient({.address = address});
}

absl::Status ComputeGiou(const client::LossClient& client) {
  const std::vector<double> prediction = {0, 0, 2, 2}, target = {1, 1, 3, 3};
  return client
      .Compute(v1::GiouLoss(), client::MakeTensorRef(prediction, {1, 4}),
               client::MakeTensorRef(target, {1, 4}))
      .status();
}

TEST(Daemon, SaysWhereItServesAndHow) {
  Daemon daemon({"--terms_max=7"});
  EXPECT_THAT(daemon.address(), StartsWith("127.0.0.1:"));
  EXPECT_NE(daemon.address(), "127.0.0.1:0");
  const nlohmann::json line = daemon.Lines("serving").at(0);
  EXPECT_EQ(line["options"]["terms_max"], "7");
  EXPECT_NE(line["version"], "");
  EXPECT_TRUE(ComputeGiou(ClientOf(daemon.address())).ok());
}

TEST(Daemon, LogsALineForEachRequestAndMetricsAtTheEnd) {
  Daemon daemon({"--metrics_log_interval=0"});
  const client::LossClient client = ClientOf(daemon.address());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ComputeGiou(client).ok());
  ASSERT_TRUE(client.ListLosses().ok());
  EXPECT_EQ(client.ComputeLoss({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  const std::vector<nlohmann::json> requests = daemon.Lines("request");
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_EQ(requests[0]["method"], "ComputeLoss");
  EXPECT_EQ(requests[0]["code"], "OK");
  EXPECT_EQ(requests[0]["losses"], nlohmann::json({"giou"}));
  EXPECT_EQ(requests[0]["rows"], 1);
  EXPECT_GT(requests[0]["bytes_in"], 64);
  EXPECT_GT(requests[0]["bytes_out"], 32);
  for (const char* stage : {"queue_us", "decode_us", "plan_us", "execute_us", "encode_us"}) {
    EXPECT_GE(requests[0][stage], 0) << stage;
  }
  EXPECT_EQ(requests[4]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(requests[4]["fields"], "terms");
  const std::vector<nlohmann::json> metrics = daemon.Lines("metrics");
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(metrics[0]["detloss_requests_total"]["ComputeLoss"]["OK"], 3);
  EXPECT_EQ(metrics[0]["detloss_requests_total"]["ComputeLoss"]["INVALID_ARGUMENT"], 1);
  EXPECT_EQ(metrics[0]["detloss_requests_total"]["ListLosses"]["OK"], 1);
  EXPECT_EQ(metrics[0]["detloss_rows_total"]["giou"], 3);
  EXPECT_EQ(metrics[0]["detloss_requests_in_flight"], 0);
  EXPECT_EQ(daemon.Lines("stopped").size(), 1u);
}

TEST(Daemon, WritesNothingToStandardErrorForWrongBytes) {
  Daemon daemon;
  v1::ComputeLossRequest request;
  request.add_terms()->set_name("\xFF");  // no UTF-8
  const absl::Status status = ClientOf(daemon.address()).ComputeLoss(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("must be a message"));
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  EXPECT_EQ(daemon.process().errors(), "");
}

// Scripts read the port, whatever else they want to know.
TEST(Daemon, AlwaysLogsWhatConcernsTheServer) {
  Daemon daemon({"--log_level=error"});
  ASSERT_TRUE(ComputeGiou(ClientOf(daemon.address())).ok());
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  for (const char* event : {"serving", "draining", "metrics", "stopped"}) {
    EXPECT_EQ(daemon.Lines(event).size(), 1u) << event;
  }
  EXPECT_TRUE(daemon.Lines("request").empty());
}

TEST(Daemon, LogsMetricsEveryInterval) {
  Daemon daemon({"--metrics_log_interval=100ms"});
  for (int i = 0; i < 6000 && daemon.Lines("metrics").size() < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GE(daemon.Lines("metrics").size(), 3u);
  EXPECT_EQ(daemon.Stop(SIGINT), 0);
}

TEST(Daemon, TakesFlagsBeforeEnvironmentBeforeFile) {
  const TemporaryDirectory directory;
  WriteFile(directory / "flags", "--terms_max=1\n--rank_max=1\n--classes_max=1\n");
  const std::string file = directory / "flags";
  Daemon daemon({"--flagfile=" + file, "--terms_max=3"},
                {"DETLOSS_TERMS_MAX=2", "DETLOSS_RANK_MAX=2"});
  const nlohmann::json options = daemon.Lines("serving").at(0)["options"];
  EXPECT_EQ(options["terms_max"], "3");
  EXPECT_EQ(options["rank_max"], "2");
  EXPECT_EQ(options["classes_max"], "1");
  EXPECT_EQ(options["stream_items_max"], "32");
}

TEST(Daemon, TakesTheFlagFileFromTheEnvironment) {
  const TemporaryDirectory directory;
  WriteFile(directory / "flags", "--terms_max=4\n");
  Daemon daemon({}, {"DETLOSS_FLAGFILE=" + (directory / "flags")});
  EXPECT_EQ(daemon.Lines("serving").at(0)["options"]["terms_max"], "4");
}

// Starts detlossd with flags that it must refuse. Returns what it says.
std::string Refusal(const std::vector<std::string>& flags) {
  std::vector<std::string> command = {Binary("detlossd")};
  command.insert(command.end(), flags.begin(), flags.end());
  Process process(command);
  EXPECT_EQ(process.Wait(), 1);
  return process.errors();
}

TEST(Daemon, RefusesWrongFlags) {
  EXPECT_THAT(Refusal({"--terms_max=0"}), HasSubstr("--terms_max: must be at least 1, got 0"));
  EXPECT_THAT(Refusal({"--lisen=1"}), HasSubstr("lisen"));
  EXPECT_THAT(Refusal({"--terms_max=many"}), HasSubstr("terms_max"));
  EXPECT_THAT(Refusal({"extra"}),
              HasSubstr("takes only flags, as --flag=value; got 1 other arguments"));
  EXPECT_THAT(Refusal({"--listen=nowhere.invalid:1"}), HasSubstr("nowhere.invalid:1"));
  EXPECT_THAT(Refusal({"--listen=unix:" + std::string(200, 'x')}), HasSubstr("1 to 107 bytes"));
}

TEST(Daemon, RefusesAnAddressInUse) {
  const TemporaryDirectory directory;
  const std::string socket = "unix:" + (directory / "socket");
  Daemon daemon({"--listen=127.0.0.1:0," + socket});
  EXPECT_THAT(Refusal({"--listen=" + daemon.address()}), HasSubstr(daemon.address()));
  EXPECT_THAT(Refusal({"--listen=" + socket}), HasSubstr("another process listens"));
  EXPECT_TRUE(ComputeGiou(ClientOf(socket)).ok());
}

TEST(Daemon, TakesOverTheSocketOfAProcessThatDied) {
  const TemporaryDirectory directory;
  const std::string socket = "unix:" + (directory / "socket");
  {
    Daemon daemon({"--listen=" + socket});
    EXPECT_EQ(daemon.Stop(SIGKILL), 128 + SIGKILL);
  }
  Daemon daemon({"--listen=" + socket});
  EXPECT_TRUE(ComputeGiou(ClientOf(socket)).ok());
}

// A signal that any thread lets through ends the process at once, whatever is in flight.
TEST(Daemon, BlocksItsSignalsInEveryThread) {
  Daemon daemon;
  ASSERT_TRUE(ComputeGiou(ClientOf(daemon.address())).ok());
  const std::string pid = std::to_string(daemon.process().pid());
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
    const std::string id = thread.path().filename();
    if (id == pid) continue;  // waits for them
    const std::string status = ReadFile(thread.path() / "status");
    const size_t field = status.find("SigBlk:");
    if (field == std::string::npos) continue;  // the thread has ended
    const uint64_t blocked = std::stoull(status.substr(field + 7), nullptr, 16);
    for (const int signal : {SIGTERM, SIGINT}) {
      EXPECT_TRUE(blocked >> (signal - 1) & 1) << "signal " << signal << "\n" << status;
    }
  }
}

TEST(Daemon, UsesNoProcessorWhenIdle) {
  Daemon daemon;
  ASSERT_TRUE(ComputeGiou(ClientOf(daemon.address())).ok());
  const auto ticks = [&] {
    // Fields 14 and 15: clock ticks in user and system mode.
    const std::string stat = ReadFile("/proc/" + std::to_string(daemon.process().pid()) + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::vector<std::string> words(std::istream_iterator<std::string>(fields), {});
    return std::stol(words.at(11)) + std::stol(words.at(12));
  };
  // Until it has given its free memory back.
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const auto before = ticks();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_LE(ticks() - before, 10);  // of 100
}

}  // namespace
}  // namespace detloss
