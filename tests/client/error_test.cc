// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/error.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include "client/cpp/grpc_status.h"
#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

TEST(ErrorDetails, DecodesWhatTheServerSends) {
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  info.set_domain("detloss");
  (*info.mutable_metadata())["limit"] = "16";
  google::rpc::BadRequest request;
  request.add_field_violations()->set_field("terms[0].giou");
  request.add_field_violations()->set_description("must be positive");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(1000);
  google::rpc::Status packed;
  packed.add_details()->PackFrom(info);
  packed.add_details()->PackFrom(request);
  packed.add_details()->PackFrom(retry);

  const ErrorDetails details = DecodeErrorDetails(ToAbslStatus(
      grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "wrong", packed.SerializeAsString())));
  EXPECT_EQ(details.reason, "INVALID_FIELD");
  EXPECT_EQ(details.domain, "detloss");
  EXPECT_EQ(details.metadata.at("limit"), "16");
  ASSERT_EQ(details.field_violations.size(), 2u);
  EXPECT_EQ(details.field_violations[0].field, "terms[0].giou");
  EXPECT_EQ(details.field_violations[1].description, "must be positive");
  EXPECT_EQ(details.retry_delay, absl::Microseconds(1));
}

TEST(ErrorDetails, AreEmptyWithoutOrWithMalformedDetails) {
  for (const std::string bytes : {"", "\xff\xff\xff"}) {
    const ErrorDetails details =
        DecodeErrorDetails(ToAbslStatus(grpc::Status(grpc::StatusCode::INTERNAL, "", bytes)));
    EXPECT_EQ(details.reason, "");
    EXPECT_FALSE(details.retry_delay.has_value());
  }
}

TEST(ErrorDetails, HaveTheDelayOfAPushback) {
  const std::pair<const char*, absl::Duration> cases[] = {{"250", absl::Milliseconds(250)},
                                                          {"0", absl::ZeroDuration()},
                                                          {"-1", absl::InfiniteDuration()},
                                                          {"soon", absl::InfiniteDuration()}};
  for (const auto& [text, delay] : cases) {
    const absl::Status status = ToAbslStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""),
                                             {{"grpc-retry-pushback-ms", text}});
    EXPECT_EQ(DecodeErrorDetails(status).retry_delay, delay) << text;
  }
}

TEST(ErrorDetails, OfStreamItemsAreTheSame) {
  v1::Error error;
  error.set_code(11);
  error.set_message("class 9");
  error.set_reason("CLASS_INDEX");
  error.add_field_violations()->set_field("terms[0].target");
  const absl::Status status = ToStatus(error);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange, "class 9"));
  const ErrorDetails details = DecodeErrorDetails(status);
  EXPECT_EQ(details.reason, "CLASS_INDEX");
  EXPECT_EQ(details.domain, "detloss");
  ASSERT_EQ(details.field_violations.size(), 1u);
  EXPECT_EQ(details.field_violations[0].field, "terms[0].target");
}

}  // namespace
}  // namespace detloss::client
