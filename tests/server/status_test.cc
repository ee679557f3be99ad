// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace detloss {
namespace {

const std::vector<Violation> kViolations = {
    {"terms[0].target", Reason::kClassIndexOutOfRange, "must be a class"},
    {"terms[1].scale", Reason::kParameterOutOfRange, "must be finite, got inf"}};

TEST(ViolationError, HasTheGravestCodeAndReason) {
  const absl::Status status = ViolationError(kViolations);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "PARAMETER_OUT_OF_RANGE");
  EXPECT_EQ(FieldsOf(status), "terms[0].target,terms[1].scale");
  EXPECT_EQ(status.message(), "terms[1].scale: must be finite, got inf (and 1 more)");
}

TEST(ViolationError, TravelsAsStandardDetails) {
  const grpc::Status status = ToGrpc(ViolationError(kViolations));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), status.error_message());
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad_request);
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
  }
  EXPECT_EQ(info.domain(), "detloss");
  EXPECT_EQ(info.reason(), "PARAMETER_OUT_OF_RANGE");
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(0).field(), "terms[0].target");
  EXPECT_EQ(bad_request.field_violations(0).description(), "must be a class");
}

TEST(ViolationError, TravelsInAStreamItem) {
  const v1::Error error = ToProto(ViolationError(kViolations));
  EXPECT_EQ(error.code(), 3);
  EXPECT_EQ(error.reason(), "PARAMETER_OUT_OF_RANGE");
  ASSERT_EQ(error.field_violations_size(), 2);
  EXPECT_EQ(error.field_violations(1).field(), "terms[1].scale");
}

// Programs refuse trailers of more than 8 KiB, and with them the details.
void ExpectToFit(const grpc::Status& status) {
  EXPECT_LT(status.error_details().size(), 4096u);
  // Details travel in base64, the message in percent-encoding.
  EXPECT_LT(status.error_details().size() * 4 / 3 + status.error_message().size() * 3, 7000u);
}

TEST(ViolationError, FitsIntoTrailersHoweverManyThereAre) {
  std::vector<Violation> many;
  for (int i = 0; i < 3000; ++i) {
    many.push_back({absl::StrCat("terms[", i, "].sigmoid_focal.gamma"),
                    Reason::kParameterOutOfRange, "must be in [0, 16], got -1"});
  }
  const grpc::Status status = ToGrpc(ViolationError(many));
  ExpectToFit(status);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("(and 2999 more)"));
}

TEST(ViolationError, FitsIntoTrailersHoweverLongTheyAre) {
  std::vector<Violation> longest;
  for (int i = 0; i < 1000; ++i) {
    longest.push_back(
        {absl::StrCat("terms[", i, "].prediction.shape"), Reason::kShapeMismatch,
         absl::StrCat("must be short, got ", std::string(static_cast<size_t>(i) * 100, '9'))});
  }
  std::reverse(longest.begin(), longest.end());
  const absl::Status error = ViolationError(longest);
  ExpectToFit(ToGrpc(error));
  // Every description is shortened, none is left out for the length of another.
  EXPECT_GE(ToProto(error).field_violations_size(), 10);
  EXPECT_LE(ToProto(error).field_violations(0).description().size(), 200u);
  EXPECT_THAT(std::string(error.message()), testing::HasSubstr("(and 999 more)"));
}

}  // namespace
}  // namespace detloss
