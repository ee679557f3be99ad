// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/request_reader.h"

#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/strings/str_cat.h"
#include "server/skip_field.h"
#include "server/status.h"
#include "server/wire.h"

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Of an item, that are looked at for its id: refusing must stay cheap.
constexpr int64_t kItemFieldsMax = 1 << 16;

constexpr uint32_t kId = WireFormatLite::MakeTag(v1::StreamComputeLossRequest::kIdFieldNumber,
                                                 WireFormatLite::WIRETYPE_VARINT);

absl::Status CheckTermCount(int64_t count, int64_t terms_max) {
  if (count <= terms_max) return absl::OkStatus();
  return ViolationError({{"terms", Reason::kLimitExceeded,
                          absl::StrCat("must be at most ", terms_max, ", got ", count)}});
}

absl::Status CheckFieldCount(const Skeleton& skeleton) {
  if (!skeleton.crowded()) return absl::OkStatus();
  const std::string text = absl::StrCat("must have at most ", kFieldsMax,
                                        " fields on the wire, numbers of lists aside, got more");
  if (skeleton.crowded_outside) return MakeError(Reason::kLimitExceeded, "the request " + text);
  const std::string term = absl::StrCat("terms[", skeleton.terms - 1, "]");
  return ViolationError({{term, Reason::kLimitExceeded, text}});
}

template <class Message>
absl::Status Read(const grpc::ByteBuffer& bytes, const WireLimits& limits,
                  void (*split)(const grpc::ByteBuffer&, const WireLimits&, Skeleton&),
                  Message& message, Skeleton& skeleton) {
  split(bytes, limits, skeleton);
  absl::Status status = CheckTermCount(skeleton.terms, limits.terms_max);
  if (status.ok()) status = CheckFieldCount(skeleton);
  if (!status.ok()) return status;
  const SmallText& text = skeleton.bytes;
  if (!skeleton.complete || !message.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
    return MalformedError(bytes, message);
  }
  skeleton.bytes.Free();  // of a request of numbers it is as long as the message
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadRequest(const grpc::ByteBuffer& bytes, const WireLimits& limits,
                         v1::ComputeLossRequest& request, Skeleton& skeleton) {
  return Read(bytes, limits, SplitRequest, request, skeleton);
}

absl::Status ReadItem(const grpc::ByteBuffer& bytes, const WireLimits& limits,
                      v1::StreamComputeLossRequest& item, Skeleton& skeleton) {
  return Read(bytes, limits, SplitItem, item, skeleton);
}

int64_t ItemIdOf(const grpc::ByteBuffer& bytes) {
  int64_t id = 0;
  if (!bytes.Valid()) return id;
  // As in skeleton.cc: the reader changes nothing.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  if (!reader.status().ok()) return id;
  CodedInputStream in(&reader);
  for (int64_t fields_left = kItemFieldsMax; fields_left > 0; --fields_left) {
    const uint32_t tag = in.ReadTag();
    if (tag == 0) return id;
    uint64_t number = 0;
    if (tag == kId ? !in.ReadVarint64(&number) : !SkipField(in, tag, fields_left)) return id;
    if (tag == kId) id = static_cast<int64_t>(number);
  }
  return id;
}

}  // namespace detloss
