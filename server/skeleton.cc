// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/skeleton.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <vector>

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
constexpr uint32_t kRequest = Tag(v1::StreamComputeLossRequest::kRequestFieldNumber, kMessage);
constexpr uint32_t kTerm = Tag(v1::ComputeLossRequest::kTermsFieldNumber, kMessage);
constexpr uint32_t kPrediction = Tag(v1::LossTerm::kPredictionFieldNumber, kMessage);
constexpr uint32_t kTarget = Tag(v1::LossTerm::kTargetFieldNumber, kMessage);
constexpr uint32_t kWeight = Tag(v1::LossTerm::kWeightFieldNumber, kMessage);
constexpr uint32_t kData = Tag(v1::Tensor::kDataFieldNumber, kMessage);
constexpr uint32_t kValues = Tag(v1::Tensor::kValuesFieldNumber, kMessage);

// Whether the field of a term is the message of a loss.
bool IsLoss(uint32_t tag) {
  static const auto& is_loss = *new std::vector<bool>([] {
    const auto& oneof = *v1::LossTerm::descriptor()->FindOneofByName("loss");
    std::vector<bool> losses;
    for (int i = 0; i < oneof.field_count(); ++i) {
      const auto number = static_cast<size_t>(oneof.field(i)->number());
      losses.resize(std::max(losses.size(), number + 1));
      losses[number] = true;
    }
    return losses;
  }());
  const auto number = static_cast<size_t>(WireFormatLite::GetTagFieldNumber(tag));
  return tag == Tag(static_cast<int>(number), kMessage) && number < is_loss.size() &&
         is_loss[number];
}

// Whether a field is numbers of the list of that number, one by one or packed.
bool IsList(int number, uint32_t tag) {
  return tag == Tag(number, WireFormatLite::WIRETYPE_VARINT) || tag == Tag(number, kMessage);
}

// Knows which fields are copied and which are taken out. The functions return false where the bytes
// are no message any more.
class Splitter {
 public:
  Splitter(CodedInputStream& in, const WireLimits& limits, Skeleton& to)
      : fields_(in, to.bytes), limits_(limits), to_(to) {
    fields_.set_fields_left(kFieldsMax);
  }

  bool SplitItem() {
    const bool complete = fields_.ForEachField([this](uint32_t tag) {
      if (tag != kRequest) return fields_.Copy(tag);
      return fields_.Nest(tag, [this] { return SplitRequest(); });
    });
    to_.crowded_outside |= fields_.fields_left() < 0;
    return complete;
  }

  bool SplitRequest() {
    const bool complete = fields_.ForEachField(
        [this](uint32_t tag) { return tag == kTerm ? SplitTerm() : fields_.Copy(tag); });
    to_.crowded_outside |= fields_.fields_left() < 0;
    return complete;
  }

 private:
  bool SplitTerm() {
    const int64_t left_outside = fields_.fields_left() + 1;  // a term is none of these
    if (++to_.terms > limits_.terms_max) {
      fields_.set_fields_left(left_outside);
      return fields_.SkipBytes();
    }
    fields_.set_fields_left(kFieldsMax);
    to_.payloads.emplace_back();
    const bool complete = fields_.Nest(kTerm, [this] {
      return fields_.ForEachField([this](uint32_t tag) { return SplitTermField(tag); });
    });
    to_.crowded_term = fields_.fields_left() < 0;
    fields_.set_fields_left(left_outside);
    return complete;
  }

  bool SplitTermField(uint32_t tag) {
    TermPayloads& term = to_.payloads.back();
    if (tag == kPrediction) return SplitTensor(tag, term.prediction, term.prediction_axes);
    if (tag == kTarget) return SplitTensor(tag, term.target, term.target_axes);
    if (tag == kWeight) return SplitTensor(tag, term.weight, term.weight_axes);
    if (IsList(v1::LossTerm::kSegmentOffsetsFieldNumber, tag)) {
      return fields_.CopyNumbers(tag, limits_.segments_max + 1, term.segment_offsets);
    }
    return IsLoss(tag) ? CopyMessage(tag) : fields_.Copy(tag);
  }

  bool SplitTensor(uint32_t tag, Payload& payload, int64_t& axes) {
    return fields_.Nest(tag, [&] {
      return fields_.ForEachField([&](uint32_t field) {
        if (field == kData) return TakeData(payload);
        if (field == kValues) return CopyMessage(field);
        if (IsList(v1::Tensor::kShapeFieldNumber, field)) {
          return fields_.CopyNumbers(field, limits_.rank_max, axes);
        }
        return fields_.Copy(field);
      });
    });
  }

  // Field by field, so that they count.
  bool CopyMessage(uint32_t tag) {
    return fields_.Nest(tag, [this] {
      return fields_.ForEachField([this](uint32_t field) { return fields_.Copy(field); });
    });
  }

  bool TakeData(Payload& payload) {
    payload.clear();
    return fields_.TakeOut(kData, [&](const void* data, size_t size) {
      payload.emplace_back(static_cast<const std::byte*>(data), size);
    });
  }

  FieldCopier fields_;
  const WireLimits& limits_;
  Skeleton& to_;
};

void Split(const grpc::ByteBuffer& bytes, const WireLimits& limits, bool (Splitter::*split)(),
           Skeleton& skeleton) {
  if (!bytes.Valid()) return;
  // The reader wants no const but changes nothing. A copy would hold short slices, whose bytes are
  // in the slice itself, in another place.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  if (!reader.status().ok()) return;
  CodedInputStream in(&reader);
  in.PushLimit(static_cast<int>(bytes.Length()));
  Splitter splitter(in, limits, skeleton);
  skeleton.complete = (splitter.*split)();
}

}  // namespace

void SplitRequest(const grpc::ByteBuffer& bytes, const WireLimits& limits, Skeleton& skeleton) {
  Split(bytes, limits, &Splitter::SplitRequest, skeleton);
}

void SplitItem(const grpc::ByteBuffer& bytes, const WireLimits& limits, Skeleton& skeleton) {
  Split(bytes, limits, &Splitter::SplitItem, skeleton);
}

}  // namespace detloss
