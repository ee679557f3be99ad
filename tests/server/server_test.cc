// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A server in this process, called over real sockets.

#include "server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "detloss/v1/loss_service.grpc.pb.h"
#include "tests/common/unix_sockets.h"
#include "tests/server/requests.h"
#include "tests/server/running_server.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

TEST(Server, AnswersOverTcpAndUnixSocket) {
  ServerOptions options;
  const std::string path = absl::StrCat("/tmp/detloss_test_", getpid(), ".sock");
  options.listen = absl::StrCat("127.0.0.1:0, unix:", path);
  RunningServer server(options);
  ASSERT_EQ(server->addresses().size(), 2u);
  for (const std::string& address : server->addresses()) {
    v1::ComputeLossResponse response;
    const grpc::Status status = ComputeOn(*StubOf(address), GiouRequest(), response);
    ASSERT_TRUE(status.ok()) << address << ": " << status.error_message();
    EXPECT_DOUBLE_EQ(response.total_loss(), kGiouLoss);
  }
}

TEST(Server, RaisesTheBuffersOfUnixSockets) {
  const std::string path = absl::StrCat(testing::TempDir(), "raised", getpid(), ".sock");
  ServerOptions options;
  options.listen = "unix:" + path;
  RunningServer server(options);
  v1::ComputeLossResponse response;
  ASSERT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
  // The client here is any.
  EXPECT_THAT(UnixSocketBytes(path), testing::Contains(RaisedUnixSocketBytes()));
}

TEST(Server, GivesTheSameBitsInPlaceAndOnThePool) {
  const v1::ComputeLossRequest request = FocalRequest(50000);
  std::string results[2];
  for (const int64_t inline_bytes_max : {0, 1 << 30}) {
    ServerOptions options;
    options.inline_bytes_max = inline_bytes_max;
    options.compute_threads = 4;
    RunningServer server(options);
    v1::ComputeLossResponse response;
    ASSERT_TRUE(ComputeOn(*server.stub(), request, response).ok());
    results[inline_bytes_max == 0] = response.results(0).SerializeAsString();
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST(Server, ListsLossesAndTellsItsLimits) {
  RunningServer server;
  grpc::ClientContext list_context, info_context;
  v1::ListLossesResponse losses;
  EXPECT_TRUE(server.stub()->ListLosses(&list_context, {}, &losses).ok());
  EXPECT_EQ(static_cast<size_t>(losses.losses_size()), AllLosses().size());
  v1::GetServerInfoResponse info;
  EXPECT_TRUE(server.stub()->GetServerInfo(&info_context, {}, &info).ok());
  EXPECT_EQ(info.limits().request_bytes_max(), 256 << 20);
  EXPECT_EQ(info.limits().segments_max(), 1 << 16);
  EXPECT_GE(info.compute_threads(), 1);
}

TEST(Server, SendsDetailsOfErrors) {
  RunningServer server;
  v1::ComputeLossRequest request = GiouRequest();
  request.mutable_terms(0)->set_scale(INFINITY);
  v1::ComputeLossResponse response;
  const grpc::Status status = ComputeOn(*server.stub(), request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "terms[0].scale: must be finite, got inf");
  EXPECT_THAT(status.error_details(), HasSubstr("google.rpc.BadRequest"));
}

// More than a client accepts would hide the error behind another.
TEST(Server, SendsErrorsThatFitHoweverWrongARequestIs) {
  RunningServer server;
  v1::ComputeLossRequest wrong_terms, long_shape = GiouRequest();
  for (int i = 0; i < 16; ++i) {
    v1::LossTerm& term = *wrong_terms.add_terms();
    for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
      tensor->set_data_type(v1::DATA_TYPE_FLOAT32);
      for (int k = 0; k < 8; ++k) tensor->add_shape(INT64_MAX - k);
    }
    term.mutable_giou();
  }
  for (int i = 0; i < 2000; ++i) long_shape.mutable_terms(0)->mutable_prediction()->add_shape(1);
  const auto expect_details = [&](const v1::ComputeLossRequest& request, const char* reason) {
    v1::ComputeLossResponse response;
    const grpc::Status status = ComputeOn(*server.stub(), request, response);
    EXPECT_LT(status.error_details().size(), 4096u);
    EXPECT_THAT(status.error_details(), HasSubstr(reason)) << status.error_message();
    EXPECT_THAT(status.error_details(), HasSubstr("terms[0].prediction.shape"));
  };
  expect_details(wrong_terms, "SHAPE_MISMATCH");
  expect_details(long_shape, "LIMIT_EXCEEDED");
}

TEST(Server, RefusesMessagesOverItsLimit) {
  ServerOptions options;
  options.request_bytes_max = 1000;
  RunningServer server(options);
  v1::ComputeLossResponse response;
  EXPECT_EQ(ComputeOn(*server.stub(), FocalRequest(1000), response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
}

// A compressed message can be a thousand times larger than its bytes, which gRPC does not check.
TEST(Server, RefusesCompressedMessages) {
  RunningServer server;
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::ComputeLossResponse response;
    const v1::ComputeLossRequest request = FocalRequest(1 << 20);
    const grpc::Status status = server.stub()->ComputeLoss(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
  v1::ComputeLossResponse response;
  EXPECT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
}

// Sends bytes, or closes the call without a message.
grpc::Status CallWithBytes(const std::string& address, grpc::ByteBuffer* bytes) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(&context, "/detloss.v1.LossService/ComputeLoss", &queue);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
  };
  call->StartCall(nullptr);
  wait();
  if (bytes != nullptr) {
    call->Write(*bytes, nullptr);
    wait();
  }
  call->WritesDone(nullptr);
  wait();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  return status;
}

TEST(Server, SurvivesACallWithoutAMessage) {
  RunningServer server;
  // gRPC itself answers, before the call begins.
  EXPECT_FALSE(CallWithBytes(server.address(), nullptr).ok());
  v1::ComputeLossResponse response;
  EXPECT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
}

TEST(Server, CallsMalformedBytesInvalid) {
  RunningServer server;
  const grpc::Slice slice("\x0A\xFF\xFF\xFF\xFF\x7F garbage");
  grpc::ByteBuffer bytes(&slice, 1);
  const grpc::Status status = CallWithBytes(server.address(), &bytes);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("detloss.v1.ComputeLossRequest"));
}

TEST(Server, HonoursDeadlinesWithinARequest) {
  ServerOptions options;
  options.compute_threads = 1;
  RunningServer server(options);
  const v1::ComputeLossRequest request = FocalRequest(10 << 20);
  v1::ComputeLossResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(40));
  const grpc::Status status = server.stub()->ComputeLoss(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(Server, SurvivesCallersThatLeave) {
  RunningServer server;
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    v1::ComputeLossResponse response;
    const v1::ComputeLossRequest request = FocalRequest(200000);
    std::thread leave([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(300 * i));
      context.TryCancel();
    });
    const grpc::Status status = server.stub()->ComputeLoss(&context, request, &response);
    leave.join();
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::CANCELLED)
        << status.error_message();
  }
  v1::ComputeLossResponse response;
  EXPECT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
}

TEST(Server, ServesManyCallersAtATime) {
  RunningServer server;
  std::vector<std::thread> callers;
  std::atomic<int> answered = 0;
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&, c] {
      const auto stub = StubOf(server.address());
      for (int i = 0; i < 20; ++i) {
        v1::ComputeLossResponse response;
        const v1::ComputeLossRequest request = c % 2 ? FocalRequest(30000) : GiouRequest();
        answered += ComputeOn(*stub, request, response).ok();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 160);
}

TEST(Server, DoesNotShareItsAddress) {
  RunningServer first;
  ServerOptions options;
  options.listen = first.address();
  QuietLog log;
  const auto second = Server::Create(options, *log);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(first.address()));
}

TEST(Server, FinishesWhatIsInFlightWhenItStops) {
  auto server = std::make_unique<RunningServer>();
  const auto stub = StubOf(server->address());
  v1::ComputeLossResponse warm_up;
  ASSERT_TRUE(ComputeOn(*stub, GiouRequest(), warm_up).ok());
  const v1::ComputeLossRequest request = FocalRequest(8 << 20);
  grpc::Status status;
  v1::ComputeLossResponse response;
  std::atomic<bool> done = false;
  std::thread caller([&] {
    status = ComputeOn(*stub, request, response);
    done = true;
  });
  while (server->in_flight() == 0 && !done) std::this_thread::yield();
  server.reset();
  caller.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.results_size(), 1);
}

}  // namespace
}  // namespace detloss
