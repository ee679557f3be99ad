// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/outline.h"

#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <array>

#include "absl/functional/function_ref.h"
#include "detloss/registry.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/skip_field.h"

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Fields of a request that are looked at: far more than any right one has.
constexpr int kFieldsMax = 1 << 16;

// The fields of a oneof have numbers below this.
constexpr int kLossFieldMax = 40;

// The index of the loss that each field of LossTerm means.
std::array<size_t, kLossFieldMax> LossesByField() {
  std::array<size_t, kLossFieldMax> losses;
  losses.fill(AllLosses().size());
  for (const LossInfo& loss : AllLosses()) {
    const auto* field = v1::LossTerm::descriptor()->FindFieldByName(std::string(loss.name));
    losses.at(static_cast<size_t>(field->number())) = IndexOf(loss);
  }
  return losses;
}

size_t LossOf(int field) {
  static const std::array<size_t, kLossFieldMax> losses = LossesByField();
  return field < kLossFieldMax ? losses[static_cast<size_t>(field)] : AllLosses().size();
}

// Goes over the fields of a message. The functions return false where the bytes are no message any
// more.
class Outliner {
 public:
  Outliner(CodedInputStream& in, int64_t terms_max, RequestOutline& to)
      : in_(in), terms_max_(static_cast<size_t>(terms_max)), to_(to) {}

  bool ReadItem() {
    return ForEachField([this](int field, uint32_t tag) {
      if (field != v1::StreamComputeLossRequest::kRequestFieldNumber) return Skip(tag);
      return Nest([this](int) { return ReadRequest(); });
    });
  }

  bool ReadRequest() {
    return ForEachField([this](int field, uint32_t tag) {
      if (field == v1::ComputeLossRequest::kResponseEncodingFieldNumber) {
        return ReadNumber(
            [this](uint64_t number) { to_.as_values = number == v1::TENSOR_ENCODING_VALUES; });
      }
      if (field != v1::ComputeLossRequest::kTermsFieldNumber) return Skip(tag);
      if (to_.terms.size() == terms_max_) return false;
      TermOutline& term = to_.terms.emplace_back();
      term.loss = AllLosses().size();
      return Nest([&](int) { return ReadTerm(term); });
    });
  }

 private:
  bool ReadTerm(TermOutline& term) {
    return ForEachField([&](int field, uint32_t tag) {
      switch (field) {
        case v1::LossTerm::kPredictionFieldNumber:
          return Nest([&](int) { return ReadTensor(term, true); });
        case v1::LossTerm::kTargetFieldNumber:
        case v1::LossTerm::kWeightFieldNumber:
          return Nest([&](int) { return ReadTensor(term, false); });
        case v1::LossTerm::kReductionFieldNumber:
          return ReadNumber(
              [&](uint64_t number) { term.unreduced = number == v1::REDUCTION_NONE; });
        case v1::LossTerm::kGradientFieldNumber:
          return ReadNumber([&](uint64_t number) { term.gradient = number != 0; });
        case v1::LossTerm::kStatisticsFieldNumber:
          return ReadNumber([&](uint64_t number) { term.statistics = number != 0; });
        default:
          if (LossOf(field) < AllLosses().size()) term.loss = LossOf(field);
          return Skip(tag);
      }
    });
  }

  bool ReadTensor(TermOutline& term, bool is_prediction) {
    int64_t data = 0, values = 0;
    const bool complete = ForEachField([&](int field, uint32_t tag) {
      if (field == v1::Tensor::kDataTypeFieldNumber) {
        return ReadNumber([&](uint64_t type) {
          if (is_prediction) term.width = WidthOf(type);
        });
      }
      if (field != v1::Tensor::kDataFieldNumber && field != v1::Tensor::kValuesFieldNumber) {
        return Skip(tag);
      }
      return Nest([&](int size) {
        (field == v1::Tensor::kDataFieldNumber ? data : values) = size;
        return in_.Skip(size);
      });
    });
    term.values += values;
    // A tensor may come in parts, of which the last need not be the one with the elements.
    if (is_prediction) {
      term.elements = std::max(term.elements,
                               data / term.width + values / static_cast<int64_t>(sizeof(double)));
    }
    return complete;
  }

  static int64_t WidthOf(uint64_t data_type) {
    switch (data_type) {
      case v1::DATA_TYPE_FLOAT64:
        return 8;
      case v1::DATA_TYPE_FLOAT16:
      case v1::DATA_TYPE_BFLOAT16:
        return 2;
      default:
        return 4;
    }
  }

  bool ForEachField(absl::FunctionRef<bool(int field, uint32_t tag)> take) {
    while (in_.BytesUntilLimit() > 0) {
      const uint32_t tag = in_.ReadTag();
      type_ = WireFormatLite::GetTagWireType(tag);
      if (tag == 0 || --fields_left_ < 0 || !take(WireFormatLite::GetTagFieldNumber(tag), tag))
        return false;
    }
    return true;
  }

  bool Skip(uint32_t tag) { return SkipField(in_, tag, fields_left_); }

  bool ReadNumber(absl::FunctionRef<void(uint64_t)> take) {
    uint64_t number = 0;
    if (type_ != WireFormatLite::WIRETYPE_VARINT || !in_.ReadVarint64(&number)) return false;
    take(number);
    return true;
  }

  bool Nest(absl::FunctionRef<bool(int size)> read) {
    int size = 0;
    if (type_ != WireFormatLite::WIRETYPE_LENGTH_DELIMITED || !in_.ReadVarintSizeAsInt(&size) ||
        size > in_.BytesUntilLimit()) {
      return false;
    }
    const CodedInputStream::Limit limit = in_.PushLimit(size);
    const bool complete = read(size);
    in_.PopLimit(limit);
    return complete;
  }

  CodedInputStream& in_;
  const size_t terms_max_;
  RequestOutline& to_;
  int64_t fields_left_ = kFieldsMax;
  WireFormatLite::WireType type_ = WireFormatLite::WIRETYPE_VARINT;  // of the field at hand
};

RequestOutline Outline(const grpc::ByteBuffer& bytes, int64_t terms_max, bool (Outliner::*read)()) {
  RequestOutline outline;
  if (!bytes.Valid()) return outline;
  // As in skeleton.cc: the reader changes nothing.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  if (!reader.status().ok()) return outline;
  CodedInputStream in(&reader);
  in.PushLimit(static_cast<int>(bytes.Length()));
  Outliner outliner(in, terms_max, outline);
  (outliner.*read)();
  return outline;
}

}  // namespace

RequestOutline OutlineRequest(const grpc::ByteBuffer& bytes, int64_t terms_max) {
  return Outline(bytes, terms_max, &Outliner::ReadRequest);
}

RequestOutline OutlineItem(const grpc::ByteBuffer& bytes, int64_t terms_max) {
  return Outline(bytes, terms_max, &Outliner::ReadItem);
}

int64_t ExtraBytes(const RequestOutline& outline) {
  constexpr auto kDouble = static_cast<int64_t>(sizeof(double));
  int64_t bytes = 0;
  for (const TermOutline& term : outline.terms) {
    const int64_t results = (term.gradient ? 1 : 0) + (term.unreduced ? 1 : 0);
    bytes += 2 * term.values;  // parsed, and converted
    bytes += results * term.elements * std::max<int64_t>(term.width, sizeof(float));
    if (outline.as_values) bytes += 2 * results * term.elements * kDouble;  // message and bytes
  }
  return bytes;
}

}  // namespace detloss
