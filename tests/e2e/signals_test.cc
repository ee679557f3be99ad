// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How detlossd ends when something holds it: a reader of the log that left or sleeps, or a client
// that does not read.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "detloss/client/loss_client.h"
#include "detloss/v1/loss_service.grpc.pb.h"
#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

// A detlossd whose log goes to a pipe of one page.
class PipedDaemon {
 public:
  explicit PipedDaemon(const std::vector<std::string>& flags = {}) {
    EXPECT_EQ(pipe2(pipe_, O_CLOEXEC), 0);
    EXPECT_GT(fcntl(pipe_[1], F_SETPIPE_SZ, 4096), 0);
    std::vector<std::string> command = {Binary("detlossd"), "--listen=127.0.0.1:0"};
    command.insert(command.end(), flags.begin(), flags.end());
    process_ = std::make_unique<Process>(command, std::vector<std::string>(), pipe_[1]);
    close(pipe_[1]);
    address_ = nlohmann::json::parse(ReadLine())["addresses"][0];
  }
  ~PipedDaemon() { CloseLog(); }
  PipedDaemon(const PipedDaemon&) = delete;
  PipedDaemon& operator=(const PipedDaemon&) = delete;

  void CloseLog() {
    if (pipe_[0] >= 0) close(pipe_[0]);
    pipe_[0] = -1;
  }

  absl::Status Call() const {
    return client::LossClient({.address = address_}).ListLosses().status();
  }

  Process& process() { return *process_; }

 private:
  std::string ReadLine() const {
    std::string line;
    for (char c = 0; read(pipe_[0], &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  int pipe_[2] = {-1, -1};
  std::unique_ptr<Process> process_;
  std::string address_;
};

TEST(Signals, TheEndOfTheLogsReaderIsNotTheServers) {
  PipedDaemon daemon;
  daemon.CloseLog();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(daemon.Call().ok());
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().Wait(), 0);
}

TEST(Signals, ALogThatNobodyReadsHoldsTheEndForAWhileOnly) {
  PipedDaemon daemon({"--drain_timeout=0"});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(daemon.Call().ok());
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().Wait(), 1);
  EXPECT_THAT(daemon.process().errors(), HasSubstr("did not end within 5s"));
}

TEST(Signals, ASecondOneEndsTheServerAtOnce) {
  for (const int second : {SIGTERM, SIGINT}) {
    Daemon daemon({"--metrics_log_interval=100ms"});
    const auto stub = v1::LossService::NewStub(
        grpc::CreateChannel(daemon.address(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    const auto stream = stub->StreamComputeLoss(&context);
    v1::StreamComputeLossRequest item;
    v1::LossTerm& term = *item.mutable_request()->add_terms();
    for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
      tensor->set_data_type(v1::DATA_TYPE_FLOAT32);
      tensor->add_shape(8 << 20);
      tensor->set_data(std::string(32 << 20, '\0'));
    }
    term.mutable_l1();
    ASSERT_TRUE(stream->Write(item));  // and its answer is not read
    daemon.WaitUntilInFlight(1);
    daemon.process().Signal(SIGTERM);
    daemon.WaitForLine("draining");
    EXPECT_EQ(daemon.Stop(second), 128 + second);
    context.TryCancel();
    stream->Finish();
  }
}

}  // namespace
}  // namespace detloss
