// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/skeleton.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

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

// Copies a message field by field. Numbers are written in their shortest form, so that nothing
// grows. The functions return false where the bytes are no message any more. What is wrong in
// other ways, such as a group that ends with another number, is copied for the parser to refuse.
class Splitter {
 public:
  // REQUIRES: `in` has a limit, which is what follows in memory.
  Splitter(CodedInputStream& in, int64_t terms_max, Skeleton& to)
      : in_(in), terms_max_(terms_max), to_(to) {}

  bool SplitItem() {
    bool right = true;
    const bool complete = ForEachField([&](uint32_t tag) {
      if (tag != kRequest) return tag == kId ? CopyId() : Copy(tag);
      // What follows a request that is wrong may still be the id.
      return Nested(tag, [&] {
        right = SplitRequest() && right;
        return in_.Skip(in_.BytesUntilLimit());
      });
    });
    return right && complete;
  }

  bool SplitRequest() {
    return ForEachField([this](uint32_t tag) { return tag == kTerm ? SplitTerm() : Copy(tag); });
  }

 private:
  bool SplitTerm() {
    if (++to_.terms > terms_max_) {
      int length = 0;
      return ReadLength(length) && in_.Skip(length);
    }
    TermPayloads& payloads = to_.payloads.emplace_back();
    return Nested(kTerm, [&] {
      return ForEachField([&](uint32_t tag) {
        if (tag == kPrediction) return SplitTensor(tag, payloads.prediction);
        if (tag == kTarget) return SplitTensor(tag, payloads.target);
        if (tag == kWeight) return SplitTensor(tag, payloads.weight);
        return Copy(tag);
      });
    });
  }

  bool SplitTensor(uint32_t tag, Payload& payload) {
    return Nested(tag, [&] {
      return ForEachField(
          [&](uint32_t field) { return field == kData ? TakeData(payload) : Copy(field); });
    });
  }

  // Leaves an empty field behind, which says that there is one.
  bool TakeData(Payload& payload) {
    int left = 0;
    if (!ReadLength(left)) return false;
    Put(kData);
    Put(0);
    payload.clear();
    while (left > 0) {
      const void* data = nullptr;
      int size = 0;
      if (!in_.GetDirectBufferPointer(&data, &size)) return false;
      size = std::min(size, left);
      payload.emplace_back(static_cast<const std::byte*>(data), static_cast<size_t>(size));
      in_.Skip(size);
      left -= size;
    }
    return true;
  }

  bool ForEachField(absl::FunctionRef<bool(uint32_t tag)> take) {
    while (in_.BytesUntilLimit() > 0) {
      uint32_t tag = 0;
      if (!ReadTag(tag) || !take(tag)) return false;
    }
    return true;
  }

  // A field that is a message, whose length is not known before its fields are.
  bool Nested(uint32_t tag, absl::FunctionRef<bool()> split) {
    int length = 0;
    if (!ReadLength(length)) return false;
    Put(tag);
    const size_t start = to_.bytes.size();
    to_.bytes.append(CodedOutputStream::VarintSize32(static_cast<uint32_t>(length)), '\0');
    const size_t head = to_.bytes.size() - start;
    const CodedInputStream::Limit limit = in_.PushLimit(length);
    const bool complete = split();
    in_.PopLimit(limit);
    FillInLength(start, head);
    return complete;
  }

  // Writes the length of what follows into the `head` bytes at `start`. It needs no more of them
  // than the length before; where it needs less, it is padded, as a number may be.
  void FillInLength(size_t start, size_t head) {
    size_t length = to_.bytes.size() - start - head;
    for (size_t i = 0; i < head; ++i, length >>= 7) {
      const size_t more = i + 1 < head ? 0x80 : 0;
      to_.bytes[start + i] = static_cast<char>((length & 0x7F) | more);
    }
  }

  bool CopyId() {
    uint64_t id = 0;
    if (!in_.ReadVarint64(&id)) return false;
    to_.id = static_cast<int64_t>(id);
    Put(kId);
    Put(id);
    return true;
  }

  bool Copy(uint32_t tag) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_START_GROUP) {
      return CopyNoGroup(tag);
    }
    Put(tag);
    for (int depth = 1; depth > 0;) {
      if (!ReadTag(tag)) return false;
      const WireFormatLite::WireType type = WireFormatLite::GetTagWireType(tag);
      const bool starts = type == WireFormatLite::WIRETYPE_START_GROUP;
      if (!starts && type != WireFormatLite::WIRETYPE_END_GROUP) {
        if (!CopyNoGroup(tag)) return false;
        continue;
      }
      Put(tag);
      depth += starts ? 1 : -1;
    }
    return true;
  }

  bool CopyNoGroup(uint32_t tag) {
    Put(tag);
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        return CopyVarint();
      case WireFormatLite::WIRETYPE_FIXED64:
        return CopyRaw(8);
      case WireFormatLite::WIRETYPE_FIXED32:
        return CopyRaw(4);
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
        return CopyLengthDelimited();
      default:
        return false;
    }
  }

  bool CopyVarint() {
    uint64_t value = 0;
    if (!in_.ReadVarint64(&value)) return false;
    Put(value);
    return true;
  }

  bool CopyLengthDelimited() {
    int length = 0;
    if (!ReadLength(length)) return false;
    Put(static_cast<uint64_t>(length));
    return CopyRaw(length);
  }

  bool CopyRaw(int size) {
    if (size > in_.BytesUntilLimit()) return false;
    const size_t start = to_.bytes.size();
    to_.bytes.resize(start + static_cast<size_t>(size));
    return in_.ReadRaw(to_.bytes.data() + start, size);
  }

  void Put(uint64_t value) {
    uint8_t buffer[10];
    uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(value, buffer);
    to_.bytes.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer));
  }

  // The generated parser takes tags and lengths of five bytes, this one would take ten.
  static constexpr int kBytesMax = 5;

  bool ReadTag(uint32_t& tag) {
    const int start = in_.CurrentPosition();
    tag = in_.ReadTagNoLastTag();
    return tag != 0 && in_.CurrentPosition() - start <= kBytesMax;
  }

  // The length of a field that is all there.
  bool ReadLength(int& length) {
    const int start = in_.CurrentPosition();
    return in_.ReadVarintSizeAsInt(&length) && in_.CurrentPosition() - start <= kBytesMax &&
           length <= in_.BytesUntilLimit();
  }

  CodedInputStream& in_;
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
