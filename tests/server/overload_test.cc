// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What callers of a server that has no room for them see.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "common/request_bytes.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/server/held_call.h"
#include "tests/server/requests.h"
#include "tests/server/running_server.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

// A unary call and what came of it.
struct Outcome {
  grpc::Status status;
  v1::ComputeLossResponse response;
  std::string pushback;  // of the trailer
};

Outcome ComputeLoss(v1::LossService::Stub& stub, const v1::ComputeLossRequest& request,
                    absl::Duration deadline = absl::Seconds(60), int64_t announced = 0) {
  Outcome outcome;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  if (announced > 0) context.AddMetadata(kRequestBytesKey, std::to_string(announced));
  outcome.status = stub.ComputeLoss(&context, request, &outcome.response);
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("grpc-retry-pushback-ms");
  if (found != trailers.end()) outcome.pushback = {found->second.data(), found->second.size()};
  return outcome;
}

void ExpectOverloaded(const Outcome& outcome, const std::string& what) {
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(outcome.status.error_message(), HasSubstr(what));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(outcome.status.error_details()));
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  bool has_info = false, has_retry = false;
  for (const auto& detail : details.details()) {
    has_info = has_info || detail.UnpackTo(&info);
    has_retry = has_retry || detail.UnpackTo(&retry);
  }
  EXPECT_TRUE(has_info);
  EXPECT_EQ(info.reason(), "OVERLOADED");
  ASSERT_TRUE(has_retry);
  const int64_t ms = retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1000000;
  EXPECT_EQ(outcome.pushback, std::to_string(ms));
  EXPECT_GE(ms, 10);
}

// Callers who keep the compute threads busy, until the end of their scope.
class Load {
 public:
  explicit Load(RunningServer& server) {
    for (int i = 0; i < 4; ++i) {
      threads_.emplace_back([this, &server] {
        const v1::ComputeLossRequest request = FocalRequest(4'000'000);
        const Stub stub = StubOf(server.address());
        while (!ended_) ComputeLoss(*stub, request);
      });
    }
  }
  ~Load() {
    ended_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> ended_ = false;
  std::vector<std::thread> threads_;
};

// Calls until the error says `what`: the load comes and goes.
Outcome CallUntil(RunningServer& server, const std::string& what) {
  Outcome outcome;
  for (int i = 0; i < 2000 && !absl::StrContains(outcome.status.error_message(), what); ++i) {
    outcome = ComputeLoss(*server.stub(), FocalRequest(1'000'000));
  }
  return outcome;
}

TEST(Overload, RefusesRequestsOverTheLimit) {
  ServerOptions options;
  options.in_flight_requests_max = 1;
  RunningServer server(options);
  {
    const HeldCall call(server, 0);
    ExpectOverloaded(ComputeLoss(*server.stub(), GiouRequest()), "1 requests in flight");
    ExpectOverloaded(ComputeLoss(*StubOf(server.address()), GiouRequest()), "its limit");
  }
  while (server.in_flight() > 0) std::this_thread::yield();
  EXPECT_TRUE(ComputeLoss(*server.stub(), GiouRequest()).status.ok());
}

TEST(Overload, RefusesBytesBeforeTheyTravel) {
  ServerOptions options;
  options.in_flight_bytes_max = 1 << 20;
  options.inline_bytes_max = 1000;
  RunningServer server(options);
  const HeldCall call(server, 900'000);
  EXPECT_EQ(server->ledger().announced, 900'000);
  // It announces more than it sends: nothing but the announcement can be the reason.
  ExpectOverloaded(ComputeLoss(*server.stub(), GiouRequest(), absl::Seconds(60), 200'000),
                   "hold 900000 bytes, this one needs 200000 more, the limit is 1048576");
  EXPECT_TRUE(ComputeLoss(*server.stub(), GiouRequest(), absl::Seconds(60), 99).status.ok());
  // What is announced takes no room from what comes.
  EXPECT_TRUE(ComputeLoss(*server.stub(), FocalRequest(25'000)).status.ok());
}

TEST(Overload, RefusesForGoodWhatNeverHasRoom) {
  ServerOptions options;
  options.in_flight_bytes_max = 1 << 20;
  RunningServer server(options);
  const Outcome outcome = ComputeLoss(*server.stub(), FocalRequest(100'000));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(outcome.status.error_message(), HasSubstr("the limit of the server is 1048576"));
  EXPECT_EQ(outcome.pushback, "");
}

TEST(Overload, IgnoresAnnouncementsThatMakeNoSense) {
  RunningServer server;
  const HeldCall call(server, -5);
  EXPECT_EQ(server->ledger().announced, 0);
  // No request is larger than the limit of requests.
  const HeldCall huge(server, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(server->ledger().announced, server->options().request_bytes_max);
}

TEST(Overload, RefusesWhatWouldWaitTooLong) {
  ServerOptions options;
  options.queue_time_max = absl::Milliseconds(1);
  options.compute_threads = 1;
  RunningServer server(options);
  const Load load(server);
  ExpectOverloaded(CallUntil(server, "ms for their turn"), "ms for their turn");
  EXPECT_TRUE(ComputeLoss(*server.stub(), GiouRequest()).status.ok());  // which does not wait
}

TEST(Overload, RefusesUnderPressure) {
  std::atomic<double> pressure = 0.95;
  RunningServer server({}, [&] { return pressure.load(); });
  EXPECT_TRUE(ComputeLoss(*server.stub(), GiouRequest()).status.ok());
  ExpectOverloaded(ComputeLoss(*server.stub(), FocalRequest(100'000)), "95 % full");
  pressure = 1.25;
  ExpectOverloaded(ComputeLoss(*server.stub(), GiouRequest()), "125 % full");
  pressure = 0;
  EXPECT_TRUE(ComputeLoss(*server.stub(), FocalRequest(100'000)).status.ok());
}

TEST(Overload, AnswersItemsOfStreamsWithTheError) {
  std::atomic<double> pressure = 0;
  RunningServer server({}, [&] { return pressure.load(); });
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  v1::StreamComputeLossResponse answer;
  *item.mutable_request() = GiouRequest();
  ASSERT_TRUE(stream->Write(item) && stream->Read(&answer));
  pressure = 1;
  item.set_id(7);
  ASSERT_TRUE(stream->Write(item) && stream->Read(&answer));
  EXPECT_EQ(answer.id(), 7);
  EXPECT_EQ(answer.error().reason(), "OVERLOADED");
  EXPECT_EQ(answer.error().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  pressure = 0;
  item.set_id(8);
  ASSERT_TRUE(stream->Write(item) && stream->Read(&answer));
  EXPECT_EQ(answer.id(), 8);
  EXPECT_TRUE(answer.has_response());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(Overload, GivesBackWhatCancelledRequestsHold) {
  RunningServer server;
  { const HeldCall call(server, 1 << 20); }
  while (server->ledger().announced > 0) std::this_thread::yield();
  const Load load(server);
  const v1::ComputeLossRequest request = FocalRequest(4'000'000);
  for (int i = 0; i < 20; ++i) {
    ComputeLoss(*server.stub(), request, absl::Milliseconds(5 + i));
  }
}

TEST(Overload, GivesBackWhatCancelledStreamsHold) {
  ServerOptions options;
  options.compute_threads = 1;
  RunningServer server(options);
  v1::StreamComputeLossRequest item;
  *item.mutable_request() = FocalRequest(100'000);
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    const auto stream = server.stub()->StreamComputeLoss(&context);
    for (int i = 0; i < 8; ++i) stream->Write(item);
    context.TryCancel();
    stream->Finish();
  }
}

}  // namespace
}  // namespace detloss
