// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/status.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace detloss {
namespace {

constexpr absl::string_view kDomain = "detloss";
constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
// Message and details travel as trailers, the details in base64, and most programs refuse trailers
// of more than 8 KiB. These keep the details, in which the message stands again, below 4 KiB.
constexpr size_t kDescriptionBytesMax = 200;
constexpr size_t kMessageBytesMax = 320;
constexpr size_t kBadRequestBytesMax = 3500;

template <class Message>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Message::descriptor()->full_name());
}

template <class Message>
void Attach(const Message& detail, absl::Status& status) {
  status.SetPayload(TypeUrl<Message>(), absl::Cord(detail.SerializeAsString()));
}

template <class Message>
std::optional<Message> Find(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Message>());
  Message message;
  if (!payload || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

std::string Shortened(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  return absl::StrCat(text.substr(0, bytes_max - 3), "...");
}

// As many of the violations as there is room for.
google::rpc::BadRequest ToBadRequest(const std::vector<Violation>& violations) {
  // Of a tag and of the length behind it.
  constexpr size_t kOverhead = 3;
  google::rpc::BadRequest details;
  size_t size = 0;
  for (const Violation& violation : violations) {
    google::rpc::BadRequest::FieldViolation field;
    field.set_field(Shortened(violation.field, kDescriptionBytesMax));
    field.set_description(Shortened(violation.description, kDescriptionBytesMax));
    size += kOverhead + field.ByteSizeLong();
    if (size > kBadRequestBytesMax) break;
    *details.add_field_violations() = std::move(field);
  }
  return details;
}

// The first violation whose code is the one of the whole request.
const Violation& Gravest(const std::vector<Violation>& violations, absl::StatusCode code) {
  for (const Violation& violation : violations) {
    if (CodeOf(violation.reason) == code) return violation;
  }
  return violations.front();
}

}  // namespace

absl::Status ViolationError(const std::vector<Violation>& violations) {
  const Violation& gravest = Gravest(violations, CodeOf(violations));
  const size_t others = violations.size() - 1;
  std::string message =
      absl::StrCat(gravest.field, ": ", Shortened(gravest.description, kDescriptionBytesMax));
  if (others > 0) absl::StrAppend(&message, " (and ", others, " more)");
  absl::Status status = MakeError(gravest.reason, message);
  Attach(ToBadRequest(violations), status);
  return status;
}

absl::Status MakeError(Reason reason, absl::string_view message) {
  absl::Status status(CodeOf(reason), Shortened(message, kMessageBytesMax));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(Name(reason)));
  info.set_domain(std::string(kDomain));
  Attach(info, status);
  return status;
}

absl::Status ShuttingDownError() {
  return MakeError(Reason::kShuttingDown,
                   "the server is shutting down: another attempt may reach one that serves");
}

absl::Status RequestOverdueError(absl::Duration limit) {
  return MakeError(Reason::kDeadlineExceeded,
                   absl::StrCat("the request did not come within ", absl::FormatDuration(limit)));
}

absl::Status OverloadedError(absl::string_view message, absl::Duration retry) {
  absl::Status status = MakeError(Reason::kOverloaded, message);
  google::rpc::RetryInfo info;
  auto& delay = *info.mutable_retry_delay();
  delay.set_seconds(absl::IDivDuration(retry, absl::Seconds(1), &retry));
  delay.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(retry)));
  Attach(info, status);
  return status;
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto info = Find<google::rpc::RetryInfo>(status);
  if (!info) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

std::string FieldsOf(const absl::Status& status) {
  const auto details = Find<google::rpc::BadRequest>(status);
  if (!details) return "";
  return absl::StrJoin(
      details->field_violations(), ",",
      [](std::string* out, const auto& violation) { out->append(violation.field()); });
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    auto* any = details.add_details();
    any->set_type_url(std::string(type_url));
    any->set_value(std::string(payload));
  });
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          details.SerializeAsString()};
}

v1::Error ToProto(const absl::Status& status) {
  v1::Error error;
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
  if (const auto details = Find<google::rpc::BadRequest>(status)) {
    for (const auto& violation : details->field_violations()) {
      auto* field = error.add_field_violations();
      field->set_field(violation.field());
      field->set_description(violation.description());
    }
  }
  return error;
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

}  // namespace detloss
