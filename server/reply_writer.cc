// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reply_writer.h"

#include <google/protobuf/io/coded_stream.h>

#include <utility>

#include "server/slice_writer.h"
#include "server/wire.h"

namespace detloss {
namespace {

using google::protobuf::io::CodedOutputStream;

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

void Write(int number, OutgoingTensor& tensor, SliceWriter& writer) {
  if (tensor.message == nullptr) return;
  writer.Head(number, tensor.size);
  writer.Fields(*tensor.message);
  if (!tensor.elements) return;
  writer.Head(v1::Tensor::kDataFieldNumber, tensor.elements.size());
  writer.Elements(std::move(tensor.elements));
}

void Write(OutgoingResult& result, SliceWriter& writer) {
  writer.Head(v1::ComputeLossResponse::kResultsFieldNumber, result.size);
  writer.Fields(*result.message);
  Write(v1::TermResult::kLossFieldNumber, result.loss, writer);
  Write(v1::TermResult::kGradientFieldNumber, result.gradient, writer);
}

void Write(OutgoingResponse& response, SliceWriter& writer) {
  for (OutgoingResult& result : response.results) Write(result, writer);
  writer.Fields(response.message);
}

}  // namespace

absl::StatusOr<ReplyBytes> WriteResponse(OutgoingResponse& outgoing) {
  if (absl::Status status = CheckReplySize(Measure(outgoing)); !status.ok()) return status;
  SliceWriter writer;
  Write(outgoing, writer);
  return writer.Finish();
}

absl::StatusOr<ReplyBytes> WriteItem(int64_t id, OutgoingResponse& outgoing) {
  v1::StreamComputeLossResponse item;
  item.set_id(id);
  const size_t response_size = Measure(outgoing);
  const size_t size = item.ByteSizeLong() + FieldSize(response_size);
  if (absl::Status status = CheckReplySize(size); !status.ok()) return status;
  SliceWriter writer;
  writer.Fields(item);
  writer.Head(v1::StreamComputeLossResponse::kResponseFieldNumber, response_size);
  Write(outgoing, writer);
  return writer.Finish();
}

}  // namespace detloss
