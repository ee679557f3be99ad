// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/error.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "client/cpp/grpc_status.h"

namespace detloss::client {
namespace {

// Of the payload that holds a serialized `google.rpc.Status`.
constexpr char kStatusUrl[] = "type.googleapis.com/google.rpc.Status";

// Metadata, and payload, of a server or proxy that says when to come back:
// https://github.com/grpc/proposal/blob/master/A6-client-retries.md#pushback
constexpr char kPushback[] = "grpc-retry-pushback-ms";

void Decode(const google::rpc::ErrorInfo& info, ErrorDetails& details) {
  details.reason = info.reason();
  details.domain = info.domain();
  details.metadata = {info.metadata().begin(), info.metadata().end()};
}

void Decode(const google::rpc::BadRequest& request, ErrorDetails& details) {
  for (const auto& violation : request.field_violations()) {
    details.field_violations.push_back({violation.field(), violation.description()});
  }
}

void Decode(const google::rpc::RetryInfo& info, ErrorDetails& details) {
  details.retry_delay =
      absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
}

// Decodes `any` when it holds a `Detail`.
template <typename Detail>
void DecodeIf(const google::protobuf::Any& any, ErrorDetails& details) {
  Detail detail;
  if (any.UnpackTo(&detail)) Decode(detail, details);
}

// The wait for a pushback; for ever when it is negative or no number, which forbids to come back.
absl::Duration ParsePushback(const std::string& text) {
  int64_t milliseconds = 0;
  if (!absl::SimpleAtoi(text, &milliseconds) || milliseconds < 0) return absl::InfiniteDuration();
  return absl::Milliseconds(milliseconds);
}

void DecodePacked(const std::string& bytes, ErrorDetails& details) {
  google::rpc::Status packed;
  if (!packed.ParseFromString(bytes)) return;
  for (const google::protobuf::Any& any : packed.details()) {
    DecodeIf<google::rpc::ErrorInfo>(any, details);
    DecodeIf<google::rpc::BadRequest>(any, details);
    DecodeIf<google::rpc::RetryInfo>(any, details);
  }
}

google::rpc::Status Pack(const v1::Error& error) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason());
  info.set_domain("detloss");
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest request;
  for (const v1::FieldViolation& violation : error.field_violations()) {
    auto& packed = *request.add_field_violations();
    packed.set_field(violation.field());
    packed.set_description(violation.description());
  }
  status.add_details()->PackFrom(request);
  return status;
}

}  // namespace

ErrorDetails DecodeErrorDetails(const absl::Status& status) {
  ErrorDetails details;
  const absl::optional<absl::Cord> packed = status.GetPayload(kStatusUrl);
  if (packed.has_value()) DecodePacked(std::string(*packed), details);
  const absl::optional<absl::Cord> pushback = status.GetPayload(kPushback);
  if (pushback.has_value()) details.retry_delay = ParsePushback(std::string(*pushback));
  return details;
}

absl::Status ToStatus(const v1::Error& error) {
  absl::Status status(static_cast<absl::StatusCode>(error.code()), error.message());
  status.SetPayload(kStatusUrl, absl::Cord(Pack(error).SerializeAsString()));
  return status;
}

absl::Status ToAbslStatus(const grpc::Status& status, const Metadata& trailing) {
  // The codes of the two have the same numbers.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    result.SetPayload(kStatusUrl, absl::Cord(status.error_details()));
  }
  const auto pushback = trailing.find(kPushback);
  if (pushback != trailing.end()) {
    result.SetPayload(
        kPushback, absl::Cord(absl::string_view(pushback->second.data(), pushback->second.size())));
  }
  return result;
}

}  // namespace detloss::client
