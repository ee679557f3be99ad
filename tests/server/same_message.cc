// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/server/same_message.h"

#include "server/request_reader.h"
#include "server/status.h"
#include "server/wire.h"

namespace detloss {
namespace {

std::string Gather(const Payload& payload) {
  std::string bytes;
  for (const Bytes::Fragment part : payload) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  }
  return bytes;
}

// False if the skeleton holds elements.
bool PutBack(const Payload& payload, v1::Tensor* tensor) {
  if (!tensor->has_data()) return true;
  if (!tensor->data().empty()) return false;
  tensor->set_data(Gather(payload));
  return true;
}

bool PutBack(const Skeleton& skeleton, v1::ComputeLossRequest& request) {
  bool empty = true;
  for (int i = 0; i < request.terms_size(); ++i) {
    v1::LossTerm& term = *request.mutable_terms(i);
    const TermPayloads& payloads = skeleton.payloads.at(static_cast<size_t>(i));
    if (term.has_prediction()) empty &= PutBack(payloads.prediction, term.mutable_prediction());
    if (term.has_target()) empty &= PutBack(payloads.target, term.mutable_target());
    if (term.has_weight()) empty &= PutBack(payloads.weight, term.mutable_weight());
  }
  return empty;
}

bool PutBack(const Skeleton& skeleton, v1::StreamComputeLossRequest& item) {
  return !item.has_request() || PutBack(skeleton, *item.mutable_request());
}

bool HasIdOf(const v1::ComputeLossRequest& /*request*/, const grpc::ByteBuffer& /*bytes*/) {
  return true;
}
bool HasIdOf(const v1::StreamComputeLossRequest& item, const grpc::ByteBuffer& bytes) {
  return item.id() == ItemIdOf(bytes);
}

template <class Message>
std::string Difference(absl::Status (*read)(const grpc::ByteBuffer&, const WireLimits&, Message&,
                                            Skeleton&),
                       const grpc::ByteBuffer& bytes) {
  Message expected, got;
  Skeleton skeleton;
  const bool valid = ParseMessage(bytes, expected).ok();
  constexpr int64_t kMany = int64_t{1} << 40;
  const absl::Status status = read(bytes, {kMany, kMany, kMany}, got, skeleton);
  if (valid && !HasIdOf(expected, bytes)) return "another id";
  if (skeleton.crowded()) return ReasonOf(status) == "LIMIT_EXCEEDED" ? "" : "crowded";
  if (valid != status.ok()) return valid ? "refused" : "accepted";
  if (!valid) return ReasonOf(status) == "MALFORMED_REQUEST" ? "" : "refused for another reason";
  if (!PutBack(skeleton, got)) return "elements in the skeleton";
  return got.SerializeAsString() == expected.SerializeAsString() ? "" : "another message";
}

}  // namespace

std::string RequestDifference(const grpc::ByteBuffer& bytes) {
  return Difference(ReadRequest, bytes);
}

std::string ItemDifference(const grpc::ByteBuffer& bytes) { return Difference(ReadItem, bytes); }

}  // namespace detloss
