// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/error.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "absl/strings/cord.h"
#include "client/cpp/grpc_status.h"

namespace detloss::client {
namespace {

// Of the payload that holds a serialized `google.rpc.Status`.
constexpr char kStatusUrl[] = "type.googleapis.com/google.rpc.Status";

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
  const absl::optional<absl::Cord> payload = status.GetPayload(kStatusUrl);
  google::rpc::Status packed;
  if (!payload.has_value() || !packed.ParseFromString(std::string(*payload))) return details;
  for (const google::protobuf::Any& any : packed.details()) {
    DecodeIf<google::rpc::ErrorInfo>(any, details);
    DecodeIf<google::rpc::BadRequest>(any, details);
    DecodeIf<google::rpc::RetryInfo>(any, details);
  }
  return details;
}

absl::Status ToStatus(const v1::Error& error) {
  absl::Status status(static_cast<absl::StatusCode>(error.code()), error.message());
  status.SetPayload(kStatusUrl, absl::Cord(Pack(error).SerializeAsString()));
  return status;
}

absl::Status ToAbslStatus(const grpc::Status& status) {
  // The codes of the two have the same numbers.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    result.SetPayload(kStatusUrl, absl::Cord(status.error_details()));
  }
  return result;
}

}  // namespace detloss::client
