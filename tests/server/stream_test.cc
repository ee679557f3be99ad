// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// StreamComputeLoss over real sockets.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "tests/server/requests.h"
#include "tests/server/running_server.h"

namespace detloss {
namespace {

using Responses = std::map<int64_t, v1::StreamComputeLossResponse>;

v1::StreamComputeLossRequest Item(int64_t id, v1::ComputeLossRequest request) {
  v1::StreamComputeLossRequest item;
  item.set_id(id);
  *item.mutable_request() = std::move(request);
  return item;
}

TEST(StreamComputeLoss, GoesOnAfterAWrongItem) {
  RunningServer server;
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::ComputeLossRequest wrong = GiouRequest();
  wrong.mutable_terms(0)->clear_target();
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(stream->Write(Item(1, wrong)));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.id(), 1);
  EXPECT_EQ(response.error().field_violations(0).field(), "terms[0].target");
  ASSERT_TRUE(stream->Write(Item(2, GiouRequest())));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.id(), 2);
  EXPECT_DOUBLE_EQ(response.response().total_loss(), kGiouLoss);
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(StreamComputeLoss, AnswersEveryPipelinedItem) {
  constexpr int kItems = 300;
  RunningServer server;
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  std::thread writer([&] {
    for (int i = 0; i < kItems; ++i) {
      stream->Write(Item(i, i % 10 == 0 ? FocalRequest(40000) : GiouRequest()));
    }
    stream->WritesDone();
  });
  Responses responses;
  v1::StreamComputeLossResponse response;
  while (stream->Read(&response)) responses[response.id()] = response;
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(responses.size(), static_cast<size_t>(kItems));
  for (const auto& [id, one] : responses) EXPECT_TRUE(one.has_response()) << id;
}

// The order in which a long item and a short one after it are answered.
std::vector<int64_t> AnswerOrder(RunningServer& server, const v1::ComputeLossRequest& long_one) {
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  EXPECT_TRUE(stream->Write(Item(1, long_one)));
  EXPECT_TRUE(stream->Write(Item(2, GiouRequest())));
  stream->WritesDone();
  v1::StreamComputeLossResponse response;
  std::vector<int64_t> order;
  while (stream->Read(&response)) order.push_back(response.id());
  return order;
}

// A busy machine may hold up the writer until the long item is done, but not each time.
TEST(StreamComputeLoss, AnswersItemsAsTheyFinish) {
  RunningServer server;
  v1::ComputeLossRequest long_one = FocalRequest(4 << 20);
  long_one.mutable_terms(0)->set_statistics(true);
  std::vector<int64_t> order;
  for (int tries = 0; tries < 20 && order != std::vector<int64_t>{2, 1}; ++tries) {
    order = AnswerOrder(server, long_one);
    ASSERT_THAT(order, testing::UnorderedElementsAre(1, 2));
  }
  EXPECT_THAT(order, testing::ElementsAre(2, 1));
}

TEST(StreamComputeLoss, HoldsBackAClientThatDoesNotRead) {
  ServerOptions options;
  options.stream_items_max = 4;
  RunningServer server(options);
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  std::atomic<int> written = 0;
  std::thread writer([&] {
    // More than all buffers between the two hold.
    for (int i = 0; i < 60; ++i, ++written) stream->Write(Item(i, FocalRequest(250000)));
    stream->WritesDone();
  });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_LT(written, 60);
  EXPECT_LE(server.in_flight(), 4);
  v1::StreamComputeLossResponse response;
  int read = 0;
  while (stream->Read(&response)) ++read;
  writer.join();
  EXPECT_EQ(read, 60);
}

TEST(StreamComputeLoss, SurvivesAClientThatLeaves) {
  RunningServer server;
  for (int i = 0; i < 10; ++i) {
    grpc::ClientContext context;
    const auto stream = server.stub()->StreamComputeLoss(&context);
    for (int k = 0; k < 5; ++k) stream->Write(Item(k, FocalRequest(40000)));
    std::this_thread::sleep_for(std::chrono::milliseconds(i));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  v1::ComputeLossResponse response;
  EXPECT_TRUE(ComputeOn(*server.stub(), GiouRequest(), response).ok());
}

// Streams begin, go on, end and break off while the server tells all of them to end.
TEST(StreamComputeLoss, EndsWithTheServerWhateverItIsDoing) {
  for (int round = 0; round < 4; ++round) {
    auto server = std::make_unique<RunningServer>();
    const std::string address = server->address();
    std::vector<std::thread> callers;
    std::atomic<int> begun = 0;
    for (int c = 0; c < 6; ++c) {
      callers.emplace_back([&address, &begun, c] {
        const auto stub = StubOf(address);
        for (bool ok = true; ok;) {
          grpc::ClientContext context;
          // A call that never ends is to fail, not to hang.
          context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
          const auto stream = stub->StreamComputeLoss(&context);
          v1::StreamComputeLossResponse response;
          for (int i = 0; i < c && ok; ++i) ok = stream->Write(Item(i, GiouRequest()));
          for (int i = 0; i < c && ok; ++i) ok = stream->Read(&response);
          if (c == 1) context.TryCancel();
          if (c > 1) stream->WritesDone();
          // Where a write failed, answers are left, and gRPC ends no call before they are read.
          while (stream->Read(&response)) {
          }
          const grpc::StatusCode code = stream->Finish().error_code();
          EXPECT_THAT(code, testing::AnyOf(grpc::StatusCode::OK, grpc::StatusCode::CANCELLED,
                                           grpc::StatusCode::UNAVAILABLE));
          ok = code == (c == 1 ? grpc::StatusCode::CANCELLED : grpc::StatusCode::OK);
          ++begun;
          if (c == 0) ok = false;  // waits for the end, without an item
        }
      });
    }
    while (begun < 30) std::this_thread::yield();
    server.reset();
    for (std::thread& caller : callers) caller.join();
  }
}

TEST(StreamComputeLoss, EndsWithItsDeadline) {
  RunningServer server;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::StreamComputeLossResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace
}  // namespace detloss
