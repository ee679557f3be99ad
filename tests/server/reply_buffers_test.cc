// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Buffers of replies come back however a call ends.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/server/requests.h"
#include "tests/server/running_server.h"

namespace detloss {
namespace {

using std::chrono::milliseconds;

// A reply of a megabyte.
constexpr int64_t kRows = 250000;

// gRPC gives slices back soon after the call, but not at once.
void ExpectAllReturned(RunningServer& server) {
  for (int i = 0; i < 3000 && server->ledger().buffers > 0; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(server->ledger().buffers, 0u);
}

// Once it is connected, what time a caller has goes to the call itself, and gRPC 1.51 does not lose
// the transport, as it does when a channel is destroyed that is just connecting.
Stub ConnectedStubOf(const std::string& address) {
  const std::shared_ptr<grpc::Channel> channel = ChannelOf(address);
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + milliseconds(60'000)));
  return v1::LossService::NewStub(channel);
}

v1::StreamComputeLossRequest Item(int64_t id) {
  v1::StreamComputeLossRequest item;
  item.set_id(id);
  *item.mutable_request() = FocalRequest(kRows);
  return item;
}

TEST(ReplyBuffers, ComeBackAfterReplies) {
  RunningServer server;
  v1::ComputeLossResponse response;
  for (const int64_t rows : {int64_t{1}, int64_t{1000}, kRows}) {
    EXPECT_TRUE(ComputeOn(*server.stub(), FocalRequest(rows), response).ok());
  }
  ExpectAllReturned(server);
}

TEST(ReplyBuffers, ComeBackAfterErrors) {
  RunningServer server;
  v1::ComputeLossRequest request = FocalRequest(kRows);
  *request.add_terms() = request.terms(0);
  v1::LossTerm& wrong = *request.mutable_terms(1);
  wrong.mutable_cross_entropy();  // found out when the first term is done
  wrong.mutable_prediction()->set_shape(0, kRows / 2);
  wrong.mutable_prediction()->add_shape(2);
  *wrong.mutable_target() = Values(v1::DATA_TYPE_INT64, {kRows / 2},
                                   std::vector<double>(static_cast<size_t>(kRows / 2), 7));
  for (int i = 0; i < 3; ++i) {
    v1::ComputeLossResponse response;
    EXPECT_EQ(ComputeOn(*server.stub(), request, response).error_code(),
              grpc::StatusCode::OUT_OF_RANGE);
  }
  ExpectAllReturned(server);
}

TEST(ReplyBuffers, ComeBackFromCallersThatLeave) {
  RunningServer server;
  const v1::ComputeLossRequest request = FocalRequest(8 * kRows);
  v1::ComputeLossResponse response;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(ComputeOn(*ConnectedStubOf(server.address()), request, response).ok());
  const auto time = std::chrono::steady_clock::now() - start;
  // Some leave while they send, some while it is computed, some while the answer comes.
  for (int i = 0; i < 20; ++i) {
    const Stub stub = ConnectedStubOf(server.address());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + i * time / 16);
    stub->ComputeLoss(&context, request, &response);
  }
  ExpectAllReturned(server);
}

TEST(ReplyBuffers, ComeBackFromStreams) {
  RunningServer server;
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  for (int i = 0; i < 3; ++i) stream->Write(Item(i));
  stream->WritesDone();
  v1::StreamComputeLossResponse response;
  while (stream->Read(&response)) EXPECT_TRUE(response.has_response());
  EXPECT_TRUE(stream->Finish().ok());
  ExpectAllReturned(server);
}

TEST(ReplyBuffers, ComeBackFromStreamsThatIdle) {
  RunningServer server;
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(stream->Write(Item(1)));
  ASSERT_TRUE(stream->Read(&response));
  ExpectAllReturned(server);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(ReplyBuffers, ComeBackFromStreamsThatBreak) {
  RunningServer server;
  for (int i = 0; i < 10; ++i) {
    const Stub stub = StubOf(server.address());
    grpc::ClientContext context;
    const auto stream = stub->StreamComputeLoss(&context);
    // The answers are not read: some wait to be written, one is on its way.
    for (int k = 0; k < 6; ++k) stream->Write(Item(k));
    std::this_thread::sleep_for(milliseconds(10 * i));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  ExpectAllReturned(server);
}

}  // namespace
}  // namespace detloss
