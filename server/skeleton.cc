// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/skeleton.h"

#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "detloss/v1/loss_service.pb.h"
#include "server/field_copier.h"

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}
constexpr auto kMessage = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
constexpr uint32_t kId =
    Tag(v1::StreamComputeLossRequest::kIdFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kRequest = Tag(v1::StreamComputeLossRequest::kRequestFieldNumber, kMessage);
constexpr uint32_t kTerm = Tag(v1::ComputeLossRequest::kTermsFieldNumber, kMessage);
constexpr uint32_t kPrediction = Tag(v1::LossTerm::kPredictionFieldNumber, kMessage);
constexpr uint32_t kTarget = Tag(v1::LossTerm::kTargetFieldNumber, kMessage);
constexpr uint32_t kWeight = Tag(v1::LossTerm::kWeightFieldNumber, kMessage);
constexpr uint32_t kData = Tag(v1::Tensor::kDataFieldNumber, kMessage);

// Knows which fields are copied and which are taken out. The functions return false where the bytes
// are no message any more.
class Splitter {
 public:
  Splitter(CodedInputStream& in, int64_t terms_max, Skeleton& to)
      : fields_(in, to.bytes), terms_max_(terms_max), to_(to) {}

  bool SplitItem() {
    bool right = true;
    const bool complete = fields_.ForEachField([&](uint32_t tag) {
      if (tag == kId) return TakeId();
      if (tag != kRequest) return fields_.Copy(tag);
      // What follows a request that is wrong may still be the id.
      return fields_.Nest(tag, [&] {
        right = SplitRequest() && right;
        return fields_.SkipRest();
      });
    });
    return right && complete;
  }

  bool SplitRequest() {
    return fields_.ForEachField(
        [this](uint32_t tag) { return tag == kTerm ? SplitTerm() : fields_.Copy(tag); });
  }

 private:
  bool TakeId() {
    uint64_t id = 0;
    if (!fields_.CopyNumber(kId, id)) return false;
    to_.id = static_cast<int64_t>(id);
    return true;
  }

  bool SplitTerm() {
    if (++to_.terms > terms_max_) return fields_.SkipBytes();
    TermPayloads& payloads = to_.payloads.emplace_back();
    return fields_.Nest(kTerm, [&] {
      return fields_.ForEachField([&](uint32_t tag) {
        if (tag == kPrediction) return SplitTensor(tag, payloads.prediction);
        if (tag == kTarget) return SplitTensor(tag, payloads.target);
        if (tag == kWeight) return SplitTensor(tag, payloads.weight);
        return fields_.Copy(tag);
      });
    });
  }

  bool SplitTensor(uint32_t tag, Payload& payload) {
    return fields_.Nest(tag, [&] {
      return fields_.ForEachField(
          [&](uint32_t field) { return field == kData ? TakeData(payload) : fields_.Copy(field); });
    });
  }

  bool TakeData(Payload& payload) {
    payload.clear();
    return fields_.TakeOut(kData, [&](const void* data, size_t size) {
      payload.emplace_back(static_cast<const std::byte*>(data), size);
    });
  }

  FieldCopier fields_;
  const int64_t terms_max_;
  Skeleton& to_;
};

void Split(const grpc::ByteBuffer& bytes, int64_t terms_max, bool (Splitter::*split)(),
           Skeleton& skeleton) {
  if (!bytes.Valid()) return;
  // The reader wants no const but changes nothing. A copy would hold short slices, whose bytes are
  // in the slice itself, in another place.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  if (!reader.status().ok()) return;
  CodedInputStream in(&reader);
  in.PushLimit(static_cast<int>(bytes.Length()));
  Splitter splitter(in, terms_max, skeleton);
  skeleton.complete = (splitter.*split)();
}

}  // namespace

void SplitRequest(const grpc::ByteBuffer& bytes, int64_t terms_max, Skeleton& skeleton) {
  Split(bytes, terms_max, &Splitter::SplitRequest, skeleton);
}

void SplitItem(const grpc::ByteBuffer& bytes, int64_t terms_max, Skeleton& skeleton) {
  Split(bytes, terms_max, &Splitter::SplitItem, skeleton);
}

}  // namespace detloss
