// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// SIGTERM under load: what was in flight is answered, and the last line of metrics has counted it.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include "detloss/client/loss_client.h"
#include "detloss/v1/loss_service.grpc.pb.h"
#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

v1::ComputeLossRequest FocalRequest(int64_t rows) {
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
    tensor->set_data_type(v1::DATA_TYPE_FLOAT32);
    tensor->add_shape(rows);
    tensor->set_data(std::string(static_cast<size_t>(rows) * 4, '\0'));
  }
  term.mutable_sigmoid_focal();
  return request;
}

// Calls a server from several threads until it is gone.
class Load {
 public:
  explicit Load(const std::string& address) {
    for (int t = 0; t < 4; ++t) {
      threads_.emplace_back([this, address, t] { Run(address, t % 2 ? 100 : 100000); });
    }
  }
  ~Load() { Join(); }

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  int answered() const { return answered_; }
  // Calls that reached the server and were not answered.
  const std::vector<std::string>& lost() const { return lost_; }

 private:
  void Run(const std::string& address, int64_t rows) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub = v1::LossService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    const v1::ComputeLossRequest request = FocalRequest(rows);
    for (;;) {
      grpc::ClientContext context;
      v1::ComputeLossResponse response;
      const grpc::Status status = stub->ComputeLoss(&context, request, &response);
      if (!status.ok()) return Note(status);
      ++answered_;
    }
  }

  // A server that is gone answers nobody: there is no connection, or gRPC refuses the call before
  // it begins, which it calls CANCELLED while it shuts down. Anything else is a loss.
  void Note(const grpc::Status& status) {
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return;
    if (status.error_code() == grpc::StatusCode::CANCELLED) return;
    const std::lock_guard lock(mutex_);
    lost_.push_back(status.error_message());
  }

  std::vector<std::thread> threads_;
  std::atomic<int> answered_ = 0;
  std::mutex mutex_;
  std::vector<std::string> lost_;
};

class DrainTest : public ::testing::TestWithParam<const char*> {};

TEST_P(DrainTest, AnswersWhatIsInFlight) {
  const TemporaryDirectory directory;
  const std::string listen =
      GetParam() == std::string("tcp") ? "127.0.0.1:0" : "unix:" + (directory / "socket");
  Daemon daemon({"--listen=" + listen, "--metrics_log_interval=0"});
  Load load(daemon.address());
  while (load.answered() < 50) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  load.Join();
  EXPECT_THAT(load.lost(), testing::IsEmpty());
  const nlohmann::json metrics = daemon.Lines("metrics").back();
  // Every call that began was answered, and its answer arrived.
  EXPECT_EQ(metrics["detloss_requests_total"]["ComputeLoss"],
            nlohmann::json({{"OK", load.answered()}}));
  EXPECT_EQ(metrics["detloss_requests_in_flight"], 0);
  EXPECT_EQ(metrics["detloss_log_lines_dropped_total"], 0);
  EXPECT_EQ(daemon.Lines("request").size(), static_cast<size_t>(load.answered()));
}

INSTANTIATE_TEST_SUITE_P(Transports, DrainTest, ::testing::Values("tcp", "unix"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST(Drain, LosesNoCallOfOurClientsOverARestart) {
  const TemporaryDirectory directory;
  const std::string listen = "unix:" + (directory / "socket");
  auto daemon = std::make_unique<Daemon>(std::vector<std::string>{"--listen=" + listen});
  std::atomic<bool> enough = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      const client::LossClient client({.address = listen, .deadline = absl::Seconds(60)});
      while (!enough) {
        const absl::Status status = client.ComputeLoss(FocalRequest(1000)).status();
        EXPECT_TRUE(status.ok()) << status;
        ++answered;
      }
    });
  }
  for (int restart = 0; restart < 3; ++restart) {
    const int before = answered;
    while (answered < before + 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(daemon->Stop(SIGTERM), 0);
    daemon = std::make_unique<Daemon>(std::vector<std::string>{"--listen=" + listen});
  }
  enough = true;
  for (std::thread& caller : callers) caller.join();
}

TEST(Drain, CancelsWhatOutlivesItsTimeout) {
  Daemon daemon({"--drain_timeout=200ms"});
  const auto stub = v1::LossService::NewStub(
      grpc::CreateChannel(daemon.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  *item.mutable_request() = FocalRequest(1);
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(stream->Write(item) && stream->Read(&response));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
}

}  // namespace
}  // namespace detloss
