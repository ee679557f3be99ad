// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reply_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

#include "server/small_text.h"

namespace detloss {
namespace {

using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Up to so many bytes text that holds them is cheaper than one more slice.
constexpr size_t kCopiedBytesMax = 2048;

// Bytes of a field that is a message or bytes: tag, length and contents. REQUIRES: number < 16.
size_t FieldSize(size_t size) { return 1 + CodedOutputStream::VarintSize64(size) + size; }

// These note how many bytes a message has on the wire, which has protobuf note it for Fields() too.

size_t Measure(OutgoingTensor& tensor) {
  tensor.size = tensor.message->ByteSizeLong();
  if (tensor.elements) tensor.size += FieldSize(tensor.elements.size());
  return tensor.size;
}

size_t Measure(OutgoingResult& result) {
  result.size = result.message->ByteSizeLong();
  for (OutgoingTensor* tensor : {&result.loss, &result.gradient}) {
    if (tensor->message != nullptr) result.size += FieldSize(Measure(*tensor));
  }
  return result.size;
}

size_t Measure(OutgoingResponse& response) {
  size_t size = response.message.ByteSizeLong();
  for (OutgoingResult& result : response.results) size += FieldSize(Measure(result));
  return size;
}

// Collects the bytes of a reply.
class Writer {
 public:
  // The tag and the length of a field whose contents follow.
  void Head(int number, size_t size) {
    uint8_t buffer[20];
    const uint32_t tag = WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    uint8_t* end = CodedOutputStream::WriteVarint32ToArray(tag, buffer);
    end = CodedOutputStream::WriteVarint64ToArray(size, end);
    text_.Append({reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer)});
  }

  // REQUIRES: ByteSizeLong() was asked for since the message changed.
  void Fields(const Message& message) {
    const auto size = static_cast<size_t>(message.GetCachedSize());
    if (size <= kCopiedBytesMax) {
      Write(message, reinterpret_cast<uint8_t*>(text_.Extend(size)));
      return;
    }
    Flush();
    const grpc::Slice& slice = slices_.emplace_back(size);
    Write(message, const_cast<uint8_t*>(slice.begin()));  // nobody else has it yet
  }

  void Elements(BufferPool::Buffer elements) {
    if (elements.size() <= kCopiedBytesMax) {
      text_.Append({reinterpret_cast<const char*>(elements.data()), elements.size()});
      return;
    }
    Flush();
    slices_.push_back(std::move(elements).ToSlice());
  }

  ReplyBytes Finish() {
    Flush();
    return ReplyBytes(slices_);
  }

 private:
  static void Write(const Message& message, uint8_t* to) {
    message.SerializeWithCachedSizesToArray(to);
  }

  void Flush() {
    if (!text_.empty()) slices_.emplace_back(text_.data(), text_.size());
    text_.Clear();
  }

  SmallText text_;  // not in a slice yet
  absl::InlinedVector<grpc::Slice, 4> slices_;
};

void Write(int number, OutgoingTensor& tensor, Writer& writer) {
  if (tensor.message == nullptr) return;
  writer.Head(number, tensor.size);
  writer.Fields(*tensor.message);
  if (!tensor.elements) return;
  writer.Head(v1::Tensor::kDataFieldNumber, tensor.elements.size());
  writer.Elements(std::move(tensor.elements));
}

void Write(OutgoingResult& result, Writer& writer) {
  writer.Head(v1::ComputeLossResponse::kResultsFieldNumber, result.size);
  writer.Fields(*result.message);
  Write(v1::TermResult::kLossFieldNumber, result.loss, writer);
  Write(v1::TermResult::kGradientFieldNumber, result.gradient, writer);
}

void Write(OutgoingResponse& response, Writer& writer) {
  for (OutgoingResult& result : response.results) Write(result, writer);
  writer.Fields(response.message);
}

}  // namespace

absl::StatusOr<ReplyBytes> WriteResponse(OutgoingResponse& outgoing) {
  if (absl::Status status = CheckReplySize(Measure(outgoing)); !status.ok()) return status;
  Writer writer;
  Write(outgoing, writer);
  return writer.Finish();
}

absl::StatusOr<ReplyBytes> WriteItem(int64_t id, OutgoingResponse& outgoing) {
  v1::StreamComputeLossResponse item;
  item.set_id(id);
  const size_t response_size = Measure(outgoing);
  const size_t size = item.ByteSizeLong() + FieldSize(response_size);
  if (absl::Status status = CheckReplySize(size); !status.ok()) return status;
  Writer writer;
  writer.Fields(item);
  writer.Head(v1::StreamComputeLossResponse::kResponseFieldNumber, response_size);
  Write(outgoing, writer);
  return writer.Finish();
}

}  // namespace detloss
