// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/slice_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Up to so many bytes text that holds them is cheaper than one more slice.
constexpr size_t kCopiedBytesMax = 2048;

}  // namespace

void SliceWriter::Head(int number, size_t size) {
  uint8_t buffer[20];
  const uint32_t tag = WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(tag, buffer);
  end = CodedOutputStream::WriteVarint64ToArray(size, end);
  text_.Append({reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer)});
}

void SliceWriter::Fields(const google::protobuf::Message& message) {
  const auto size = static_cast<size_t>(message.GetCachedSize());
  if (size <= kCopiedBytesMax) {
    message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(text_.Extend(size)));
    return;
  }
  Flush();
  const grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));  // ours alone yet
  slices_.push_back(slice);
}

void SliceWriter::Elements(BufferPool::Buffer elements) {
  if (elements.size() <= kCopiedBytesMax) {
    text_.Append({reinterpret_cast<const char*>(elements.data()), elements.size()});
    return;
  }
  Flush();
  slices_.push_back(std::move(elements).ToSlice());
}

ReplyBytes SliceWriter::Finish() {
  Flush();
  return ReplyBytes(slices_);
}

void SliceWriter::Flush() {
  if (!text_.empty()) slices_.emplace_back(text_.data(), text_.size());
  text_.Clear();
}

}  // namespace detloss
