// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reply_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <memory>
#include <string>
#include <utility>

#include "server/wire.h"

namespace detloss {
namespace {

using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Up to so many bytes a copy is cheaper than one more slice.
constexpr size_t kCopiedBytesMax = 2048;

// Bytes of a field that is a message or bytes: tag, length and contents. REQUIRES: number < 16.
size_t FieldSize(size_t size) { return 1 + CodedOutputStream::VarintSize64(size) + size; }

// A tensor with its elements beside it.
struct Part {
  int number = 0;  // of the field
  std::unique_ptr<v1::Tensor> head;
  BufferPool::Buffer elements;
  size_t size = 0;  // of the tensor
};

// A result with its tensors taken out.
struct Result {
  const v1::TermResult* rest = nullptr;
  Part loss, gradient;
  size_t size = 0;
};

Part TakeOut(int number, v1::Tensor* head, BufferPool::Buffer& elements, size_t& size_of_result) {
  Part part{number, std::unique_ptr<v1::Tensor>(head), std::move(elements)};
  part.size = head->ByteSizeLong() + FieldSize(part.elements.size());
  size_of_result += FieldSize(part.size);
  return part;
}

Result TakeApart(v1::TermResult& message, ResultBuffers& buffers) {
  Result result;
  if (buffers.loss) {
    result.loss = TakeOut(v1::TermResult::kLossFieldNumber, message.release_loss(), buffers.loss,
                          result.size);
  }
  if (buffers.gradient) {
    result.gradient = TakeOut(v1::TermResult::kGradientFieldNumber, message.release_gradient(),
                              buffers.gradient, result.size);
  }
  result.size += message.ByteSizeLong();
  result.rest = &message;
  return result;
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
    text_.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer));
  }

  // REQUIRES: ByteSizeLong() was asked for since the message changed.
  void Fields(const Message& message) {
    const size_t start = text_.size();
    text_.resize(start + static_cast<size_t>(message.GetCachedSize()));
    message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(text_.data() + start));
  }

  void Elements(BufferPool::Buffer elements) {
    if (elements.size() <= kCopiedBytesMax) {
      text_.append(reinterpret_cast<const char*>(elements.data()), elements.size());
      return;
    }
    Flush();
    slices_.push_back(std::move(elements).ToSlice());
  }

  grpc::ByteBuffer Finish() {
    Flush();
    return {slices_.data(), slices_.size()};
  }

 private:
  void Flush() {
    if (!text_.empty()) slices_.emplace_back(text_);
    text_.clear();
  }

  std::string text_;  // not in a slice yet
  std::vector<grpc::Slice> slices_;
};

void Write(Part& part, Writer& writer) {
  if (!part.elements) return;
  writer.Head(part.number, part.size);
  writer.Fields(*part.head);
  writer.Head(v1::Tensor::kDataFieldNumber, part.elements.size());
  writer.Elements(std::move(part.elements));
}

void Write(Result& result, Writer& writer) {
  writer.Head(v1::ComputeLossResponse::kResultsFieldNumber, result.size);
  writer.Fields(*result.rest);
  Write(result.loss, writer);
  Write(result.gradient, writer);
}

// A response with its results taken out and apart.
class Response {
 public:
  explicit Response(OutgoingResponse& response) : rest_(response.message) {
    messages_.Swap(rest_.mutable_results());
    for (int i = 0; i < messages_.size(); ++i) {
      results_.push_back(TakeApart(messages_[i], response.buffers[static_cast<size_t>(i)]));
      size_ += FieldSize(results_.back().size);
    }
    size_ += rest_.ByteSizeLong();
  }

  size_t size() const { return size_; }

  void Write(Writer& writer) {
    for (Result& result : results_) detloss::Write(result, writer);
    writer.Fields(rest_);
  }

 private:
  v1::ComputeLossResponse& rest_;
  google::protobuf::RepeatedPtrField<v1::TermResult> messages_;
  std::vector<Result> results_;
  size_t size_ = 0;
};

}  // namespace

absl::StatusOr<grpc::ByteBuffer> WriteResponse(OutgoingResponse& outgoing) {
  Response response(outgoing);
  if (absl::Status status = CheckReplySize(response.size()); !status.ok()) return status;
  Writer writer;
  response.Write(writer);
  return writer.Finish();
}

absl::StatusOr<grpc::ByteBuffer> WriteItem(int64_t id, OutgoingResponse& outgoing) {
  v1::StreamComputeLossResponse item;
  item.set_id(id);
  Response response(outgoing);
  const size_t size = item.ByteSizeLong() + FieldSize(response.size());
  if (absl::Status status = CheckReplySize(size); !status.ok()) return status;
  Writer writer;
  writer.Fields(item);
  writer.Head(v1::StreamComputeLossResponse::kResponseFieldNumber, response.size());
  response.Write(writer);
  return writer.Finish();
}

}  // namespace detloss
