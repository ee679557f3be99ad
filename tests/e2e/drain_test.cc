// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// SIGTERM under load: what was in flight is answered, the last line of metrics has counted it, and
// nobody who is merely connected holds up the end.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
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

// Whether a call was refused, found no server, or came in the instant in which the connection
// ended.
bool CameTooLate(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         (status.error_code() == grpc::StatusCode::CANCELLED && status.error_details().empty());
}

bool WasRefused(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE &&
         absl::StrContains(status.error_details(), "SHUTTING_DOWN");
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

  // Anything but a call that came too late is a loss.
  void Note(const grpc::Status& status) {
    if (CameTooLate(status)) return;
    const std::lock_guard lock(mutex_);
    lost_.push_back(status.error_message());
  }

  std::vector<std::thread> threads_;
  std::atomic<int> answered_ = 0;
  std::mutex mutex_;
  std::vector<std::string> lost_;
};

// Far less than --drain_timeout, which an end that waits for a client takes.
constexpr absl::Duration kAtOnce = absl::Seconds(15);

// How long a server takes to end after SIGTERM.
absl::Duration TimeToStop(Daemon& daemon) {
  const absl::Time start = absl::Now();
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  return absl::Now() - start;
}

std::unique_ptr<v1::LossService::Stub> StubOf(const Daemon& daemon) {
  return v1::LossService::NewStub(
      grpc::CreateChannel(daemon.address(), grpc::InsecureChannelCredentials()));
}

nlohmann::json RequestsOf(const Daemon& daemon, const char* method) {
  return daemon.Lines("metrics").back()["detloss_requests_total"][method];
}

class DrainTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string listen() const {
    const bool is_tcp = GetParam() == std::string("tcp");
    return "--listen=" + (is_tcp ? "127.0.0.1:0" : "unix:" + (directory_ / "socket"));
  }

 private:
  const TemporaryDirectory directory_;
};

TEST_P(DrainTest, AnswersWhatIsInFlight) {
  Daemon daemon({listen(), "--metrics_log_interval=0"});
  Load load(daemon.address());
  while (load.answered() < 50) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  load.Join();
  EXPECT_THAT(load.lost(), testing::IsEmpty());
  const nlohmann::json metrics = daemon.Lines("metrics").back();
  nlohmann::json requests = metrics["detloss_requests_total"]["ComputeLoss"];
  const int refused = requests.value("UNAVAILABLE", 0);
  requests.erase("UNAVAILABLE");
  // Every call that began was answered, and its answer arrived.
  EXPECT_EQ(requests, nlohmann::json({{"OK", load.answered()}}));
  EXPECT_EQ(metrics["detloss_requests_in_flight"], 0);
  EXPECT_EQ(metrics["detloss_log_lines_dropped_total"], 0);
  EXPECT_EQ(daemon.Lines("request").size(), static_cast<size_t>(load.answered() + refused));
}

INSTANTIATE_TEST_SUITE_P(Transports, DrainTest, ::testing::Values("tcp", "unix"),
                         [](const auto& parameter) { return std::string(parameter.param); });

// What `detloss health` ends with.
int HealthOf(const Daemon& daemon) {
  return Process({Binary("detloss"), "health", "--address=" + daemon.address()}).Wait();
}

TEST(Drain, ServesDuringTheDelayButSaysThatItLeaves) {
  Daemon daemon({"--drain_delay=3s", "--metrics_log_interval=100ms"});
  EXPECT_EQ(HealthOf(daemon), 0);
  daemon.process().Signal(SIGTERM);
  daemon.WaitForLine("draining");
  const size_t lines = daemon.Lines("metrics").size();
  EXPECT_NE(HealthOf(daemon), 0);
  EXPECT_TRUE(client::LossClient({.address = daemon.address()}).ListLosses().ok());
  EXPECT_EQ(daemon.process().Wait(), 0);
  EXPECT_GE(daemon.Lines("metrics").size(), lines + 10);
  EXPECT_EQ(daemon.Lines("stopped").size(), 1u);
}

TEST(Drain, EndsAtOnceWhenToldTwice) {
  Daemon daemon({"--drain_delay=1h"});
  daemon.process().Signal(SIGTERM);
  daemon.WaitForLine("draining");
  EXPECT_EQ(daemon.Stop(SIGTERM), 128 + SIGTERM);
}

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

// Far more calls than are computed at a time, on one connection: most wait within gRPC.
TEST(Drain, AnswersOrRefusesEveryCallThatWaits) {
  constexpr int kCallers = 100;
  Daemon daemon;
  const auto stub = StubOf(daemon);
  std::atomic<int> answered = 0, refused = 0, late = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&] {
      for (;;) {
        grpc::ClientContext context;
        v1::ComputeLossResponse response;
        const grpc::Status status = stub->ComputeLoss(&context, FocalRequest(1000), &response);
        answered += status.ok();
        if (status.ok()) continue;
        EXPECT_TRUE(CameTooLate(status)) << status.error_message();
        ++(WasRefused(status) ? refused : late);
        return;
      }
    });
  }
  while (answered < 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_LT(TimeToStop(daemon), kAtOnce);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused + late, kCallers);
  EXPECT_GT(refused, 0);
  nlohmann::json requests = RequestsOf(daemon, "ComputeLoss");
  // It counts refusals that it sends. The end of the connection may overtake one: to its caller the
  // call came too late.
  EXPECT_GE(requests["UNAVAILABLE"], refused.load()) << late << " came too late";
  EXPECT_LE(requests["UNAVAILABLE"], refused + late);
  requests.erase("UNAVAILABLE");
  EXPECT_EQ(requests, nlohmann::json({{"OK", answered.load()}}));
}

void ExpectShutDown(const grpc::Status& status) {
  EXPECT_TRUE(WasRefused(status)) << status.error_code() << " " << status.error_message();
}

TEST(Drain, EndsABusyStreamAfterItsItems) {
  Daemon daemon;
  const auto stub = StubOf(daemon);
  grpc::ClientContext context;
  const auto stream = stub->StreamComputeLoss(&context);
  std::thread writer([&] {
    v1::StreamComputeLossRequest item;
    *item.mutable_request() = FocalRequest(20000);
    while (stream->Write(item)) item.set_id(item.id() + 1);
  });
  std::atomic<int> answered = 0;
  std::thread reader([&] {
    v1::StreamComputeLossResponse response;
    while (stream->Read(&response)) ++answered;
  });
  while (answered < 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_LT(TimeToStop(daemon), kAtOnce);
  writer.join();
  reader.join();
  ExpectShutDown(stream->Finish());
  // Every answer that was counted arrived.
  EXPECT_EQ(RequestsOf(daemon, "StreamComputeLoss"), nlohmann::json({{"OK", answered.load()}}));
}

TEST(Drain, EndsAnIdleStream) {
  Daemon daemon;
  const auto stub = StubOf(daemon);
  grpc::ClientContext context;
  const auto stream = stub->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  *item.mutable_request() = FocalRequest(1);
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(stream->Write(item) && stream->Read(&response));
  EXPECT_LT(TimeToStop(daemon), kAtOnce);
  EXPECT_FALSE(stream->Read(&response));
  ExpectShutDown(stream->Finish());
}

// One call of bytes, for services whose messages are not generated here.
class OpenCall {
 public:
  OpenCall(const Daemon& daemon, const std::string& method, const std::string& request)
      : stub_(grpc::CreateChannel(daemon.address(), grpc::InsecureChannelCredentials())),
        call_(stub_.PrepareCall(&context_, method, &queue_)) {
    call_->StartCall(nullptr);
    Wait();
    const grpc::Slice slice(request);
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    Wait();
  }

  void EndRequest() {
    call_->WritesDone(nullptr);
    Wait();
  }

  void Cancel() {
    context_.TryCancel();
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
  }

  // Empty at the end of the call.
  std::string Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    grpc::Slice slice;
    if (!Wait() || !message.DumpToSingleSlice(&slice).ok()) return "";
    return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST(Drain, TellsWatchersOfTheHealthAndCutsThemOff) {
  Daemon daemon;
  OpenCall watch(daemon, "/grpc.health.v1.Health/Watch", "");
  OpenCall reflection(daemon, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                      std::string("\x3A\x00", 2));  // {list_services: ""}
  ASSERT_EQ(watch.Read(), "\x08\x01");              // SERVING
  ASSERT_NE(reflection.Read(), "");
  EXPECT_LT(TimeToStop(daemon), kAtOnce);
  EXPECT_EQ(watch.Read(), "\x08\x02");  // NOT_SERVING
  EXPECT_EQ(watch.Read(), "");
  EXPECT_EQ(reflection.Read(), "");
}

TEST_P(DrainTest, CancelsWhatOutlivesItsTimeout) {
  Daemon daemon({listen(), "--drain_timeout=200ms", "--metrics_log_interval=100ms"});
  const auto stub = StubOf(daemon);
  grpc::ClientContext context;
  const auto stream = stub->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  // The gradients do not fit into what lies between a server and a client that does not read.
  *item.mutable_request() = FocalRequest(8 << 20);
  ASSERT_TRUE(stream->Write(item));
  daemon.WaitUntilInFlight(1);
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  v1::StreamComputeLossResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_EQ(RequestsOf(daemon, "StreamComputeLoss"), nlohmann::json({{"CANCELLED", 1}}));
  EXPECT_EQ(daemon.Lines("metrics").back()["detloss_requests_in_flight"], 0);
}

TEST(Drain, CountsAReplyThatCouldNotBeSentAsCancelled) {
  Daemon daemon({"--metrics_log_interval=100ms"});
  {
    OpenCall call(daemon, "/detloss.v1.LossService/ComputeLoss",
                  FocalRequest(8 << 20).SerializeAsString());
    call.EndRequest();
    daemon.WaitUntilInFlight(1);
    call.Cancel();
  }
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  EXPECT_EQ(RequestsOf(daemon, "ComputeLoss"), nlohmann::json({{"CANCELLED", 1}}));
}

}  // namespace
}  // namespace detloss
