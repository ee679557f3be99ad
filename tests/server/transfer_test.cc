// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Messages that do not come, and replies that nobody takes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "tests/server/held_call.h"
#include "tests/server/requests.h"
#include "tests/server/running_server.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

ServerOptions ShortTransfers() {
  ServerOptions options;
  options.transfer_timeout = absl::Seconds(3);
  return options;
}

void WaitUntilNothingIsAdmitted(RunningServer& server) {
  EXPECT_TRUE(Eventually([&] { return server->ledger().admitted == 0; }));
}

TEST(Transfer, EndsCallsWhoseRequestDoesNotCome) {
  RunningServer server(ShortTransfers());
  HeldCall call(server, 1 << 20);
  EXPECT_EQ(server->ledger().announced, 1 << 20);
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("the request did not come within 3s"));
  EXPECT_EQ(server->ledger().announced, 0);
}

TEST(Transfer, EndsCallsOfStandardServicesWhoseRequestDoesNotCome) {
  RunningServer server(ShortTransfers());
  for (const char* method : {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
                             "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"}) {
    HeldCall call(server, 1 << 20, method, /*counts=*/false);
    EXPECT_EQ(server->ledger().announced, 0) << "only requests announce";
    EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << method;
    WaitUntilNothingIsAdmitted(server);
  }
}

TEST(Transfer, EndsCallsWhoseReplyIsNotTaken) {
  RunningServer server(ShortTransfers());
  const v1::ComputeLossRequest request = FocalRequest(4'000'000);
  HeldCall call(server);
  call.Send(request);
  EXPECT_TRUE(Eventually([&] { return server->ledger().buffers > 0; }));
  WaitUntilNothingIsAdmitted(server);
}

// A stream that has rested for long, whose next answer is the first that is not taken.
TEST(Transfer, EndsStreamsWhoseAnswerIsNotTaken) {
  RunningServer server(ShortTransfers());
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  v1::StreamComputeLossResponse answer;
  *item.mutable_request() = GiouRequest();
  ASSERT_TRUE(stream->Write(item) && stream->Read(&answer));
  std::this_thread::sleep_for(std::chrono::milliseconds(4500));
  *item.mutable_request() = FocalRequest(4'000'000);
  ASSERT_TRUE(stream->Write(item));
  EXPECT_TRUE(Eventually([&] { return server->ledger().bytes > 0; }));
  WaitUntilNothingIsAdmitted(server);
  context.TryCancel();
  while (stream->Read(&answer)) {
  }
  stream->Finish();
}

TEST(Transfer, LeavesStreamsThatRestAlone) {
  RunningServer server(ShortTransfers());
  grpc::ClientContext context;
  const auto stream = server.stub()->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest item;
  v1::StreamComputeLossResponse answer;
  *item.mutable_request() = GiouRequest();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stream->Write(item) && stream->Read(&answer)) << i;
    std::this_thread::sleep_for(std::chrono::milliseconds(4500));
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Not that the bytes which never came were wrong.
TEST(Transfer, CallsWhatWasWithdrawnCancelled) {
  std::FILE* const file = std::tmpfile();
  {
    Log log(ServerOptions(), file);
    RunningServer server({}, nullptr, &log);
    { const HeldCall call(server); }
    EXPECT_TRUE(Eventually([&] { return server->ledger().requests == 0; }));
  }
  std::rewind(file);
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  EXPECT_THAT(text, HasSubstr("\"code\":\"CANCELLED\""));
}

}  // namespace
}  // namespace detloss
