// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Health and reflection. Their messages are small enough to be written here byte by byte.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/server/running_server.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// HealthCheckResponse{status: ...}
const std::string kServing = "\x08\x01";
const std::string kNotServing = "\x08\x02";

// HealthCheckRequest{service: ...}
std::string HealthRequest(const std::string& service) {
  return service.empty() ? "" : std::string("\x0A") + static_cast<char>(service.size()) + service;
}

// A call of bytes, one step at a time.
class RawCall {
 public:
  RawCall(const std::string& address, const std::string& method)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    Wait();
  }

  void Write(const std::string& message) {
    const grpc::Slice slice(message);
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    Wait();
  }

  std::string Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    if (!Wait()) return "end of the call";
    std::vector<grpc::Slice> slices;
    std::string bytes;
    EXPECT_TRUE(message.Dump(&slices).ok());
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return bytes;
  }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return status;
  }

  void Cancel() { context_.TryCancel(); }

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

std::string Check(const std::string& address, const std::string& service) {
  RawCall call(address, kHealthCheck);
  call.Write(HealthRequest(service));
  return call.Read();
}

TEST(Health, KnowsTheServerAndItsService) {
  RunningServer server;
  EXPECT_EQ(Check(server.address(), ""), kServing);
  EXPECT_EQ(Check(server.address(), "detloss.v1.LossService"), kServing);
  RawCall unknown(server.address(), kHealthCheck);
  unknown.Write(HealthRequest("other.Service"));
  unknown.Read();
  EXPECT_EQ(unknown.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(Health, TellsWatchersOfAnUnknownServiceThatItIs) {
  RunningServer server;
  RawCall watch(server.address(), kHealthWatch);
  watch.Write(HealthRequest("other.Service"));
  EXPECT_EQ(watch.Read(), "\x08\x03");
  watch.Cancel();
  EXPECT_EQ(watch.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Health, RefusesWhatIsNoRequest) {
  RunningServer server;
  RawCall check(server.address(), kHealthCheck);
  check.Write("\x0A\x7F");
  check.Read();
  EXPECT_EQ(check.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  RawCall watch(server.address(), kHealthWatch);
  watch.Write("\x0A\x7F");
  watch.Read();
  EXPECT_EQ(watch.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Health, SurvivesWatchersThatLeave) {
  RunningServer server;
  for (int i = 0; i < 20; ++i) {
    RawCall watch(server.address(), kHealthWatch);
    if (i % 3 > 0) watch.Write(HealthRequest(""));
    if (i % 3 > 1) {
      EXPECT_EQ(watch.Read(), kServing);
    }
    watch.Cancel();
    watch.Finish();
  }
  EXPECT_EQ(Check(server.address(), ""), kServing);
}

TEST(Methods, ThatDoNotExistAreUnimplemented) {
  RunningServer server;
  for (const char* method : {"/detloss.v1.LossService/Other", "/other.Service/Method"}) {
    RawCall call(server.address(), method);
    call.Write("");
    call.Read();
    EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
  }
}

TEST(Health, TellsWatchersThatTheServerStops) {
  auto server = std::make_unique<RunningServer>();
  RawCall watch(server->address(), kHealthWatch);
  watch.Write(HealthRequest("detloss.v1.LossService"));
  EXPECT_EQ(watch.Read(), kServing);
  std::thread stop([&] { server.reset(); });
  EXPECT_EQ(watch.Read(), kNotServing);
  watch.Cancel();
  watch.Finish();
  stop.join();
}

TEST(Reflection, ListsTheServiceAndDescribesIt) {
  RunningServer server;
  RawCall call(server.address(), kReflection);
  call.Write(std::string("\x3A\x00", 2));  // ServerReflectionRequest{list_services: ""}
  EXPECT_THAT(call.Read(), HasSubstr("detloss.v1.LossService"));
  const std::string symbol = "detloss.v1.LossTerm";  // {file_containing_symbol: ...}
  call.Write(std::string("\x22") + static_cast<char>(symbol.size()) + symbol);
  EXPECT_THAT(call.Read(), testing::AllOf(HasSubstr("sigmoid_focal"), HasSubstr("normalizer")));
  call.Cancel();
  call.Finish();
}

}  // namespace
}  // namespace detloss
