// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/request_reader.h"

#include "absl/strings/str_cat.h"
#include "server/status.h"
#include "server/wire.h"

namespace detloss {
namespace {

absl::Status CheckTermCount(int64_t count, int64_t terms_max) {
  if (count <= terms_max) return absl::OkStatus();
  return ViolationError({{"terms", Reason::kLimitExceeded,
                          absl::StrCat("must be at most ", terms_max, ", got ", count)}});
}

template <class Message>
absl::Status Read(const grpc::ByteBuffer& bytes, int64_t terms_max,
                  void (*split)(const grpc::ByteBuffer&, int64_t, Skeleton&), Message& message,
                  Skeleton& skeleton) {
  split(bytes, terms_max, skeleton);
  absl::Status status = CheckTermCount(skeleton.terms, terms_max);
  if (!status.ok()) return status;
  const SmallText& text = skeleton.bytes;
  if (!skeleton.complete || !message.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
    return MalformedError(bytes, message);
  }
  skeleton.bytes.Free();  // of a request of numbers it is as long as the message
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadRequest(const grpc::ByteBuffer& bytes, int64_t terms_max,
                         v1::ComputeLossRequest& request, Skeleton& skeleton) {
  return Read(bytes, terms_max, SplitRequest, request, skeleton);
}

absl::Status ReadItem(const grpc::ByteBuffer& bytes, int64_t terms_max,
                      v1::StreamComputeLossRequest& item, Skeleton& skeleton) {
  return Read(bytes, terms_max, SplitItem, item, skeleton);
}

}  // namespace detloss
