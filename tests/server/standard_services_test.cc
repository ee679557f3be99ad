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

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";

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

// A message of one short string.
std::string Text(char tag, const std::string& text) {
  return std::string(1, tag) + static_cast<char>(text.size()) + text;
}
constexpr char kFileByName = '\x1A';
constexpr char kFileOfSymbol = '\x22';
constexpr char kExtensionsOf = '\x32';
constexpr char kListServices = '\x3A';

class ReflectionTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string Ask(const std::string& question) {
    call_.Write(question);
    return call_.Read();
  }

  RunningServer server_;
  RawCall call_{server_.address(), GetParam()};
};

TEST_P(ReflectionTest, ListsEveryService) {
  EXPECT_THAT(Ask(Text(kListServices, "")),
              AllOf(HasSubstr("detloss.v1.LossService"), HasSubstr("grpc.health.v1.Health"),
                    HasSubstr("grpc.reflection.v1.ServerReflection")));
  call_.Cancel();
  call_.Finish();
}

TEST_P(ReflectionTest, DescribesFilesWithWhatTheyImport) {
  EXPECT_THAT(
      Ask(Text(kFileOfSymbol, "detloss.v1.LossTerm")),
      AllOf(HasSubstr("sigmoid_focal"), HasSubstr("normalizer"), HasSubstr("tensor.proto")));
  EXPECT_THAT(Ask(Text(kFileOfSymbol, "detloss.v1.LossService")), HasSubstr("StreamComputeLoss"));
  EXPECT_THAT(Ask(Text(kFileByName, "detloss/v1/tensor.proto")), HasSubstr("DATA_TYPE_BFLOAT16"));
  call_.Cancel();
  call_.Finish();
}

TEST_P(ReflectionTest, GoesOnAfterWhatIsNotThere) {
  EXPECT_THAT(Ask(Text(kFileOfSymbol, "detloss.v1.Other")), HasSubstr("not found"));
  EXPECT_THAT(Ask(Text(kFileByName, "/etc/passwd")), HasSubstr("not found"));
  EXPECT_THAT(Ask(Text(kExtensionsOf, "detloss.v1.Other")), HasSubstr("not found"));
  EXPECT_THAT(Ask(""), HasSubstr("is required"));
  EXPECT_THAT(Ask(Text(kExtensionsOf, "detloss.v1.Tensor")), HasSubstr("detloss.v1.Tensor"));
  call_.Cancel();
  call_.Finish();
}

TEST_P(ReflectionTest, EndsWithWhatIsNoQuestion) {
  call_.Write("\x0A\x7F");
  call_.Read();
  EXPECT_EQ(call_.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionTest,
                         ::testing::Values("/grpc.reflection.v1alpha.ServerReflection/"
                                           "ServerReflectionInfo",
                                           "/grpc.reflection.v1.ServerReflection/"
                                           "ServerReflectionInfo"),
                         [](const auto& version) { return version.index == 0 ? "v1alpha" : "v1"; });

}  // namespace
}  // namespace detloss
