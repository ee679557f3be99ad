// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/request_size.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "detloss/v1/loss_service.pb.h"

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr uint32_t TagOf(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}

// These return false where the bytes are no message any more; what was found until then holds.

bool MeasureRequest(CodedInputStream& in, RequestSize& size) {
  constexpr uint32_t kTerm =
      TagOf(v1::ComputeLossRequest::kTermsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  while (const uint32_t tag = in.ReadTag()) {
    size.terms += tag == kTerm;
    if (!WireFormatLite::SkipField(&in, tag)) return false;
  }
  return true;
}

bool MeasureNestedRequest(CodedInputStream& in, RequestSize& size) {
  int length = 0;
  if (!in.ReadVarintSizeAsInt(&length)) return false;
  const CodedInputStream::Limit limit = in.PushLimit(length);
  const bool complete = MeasureRequest(in, size) && in.BytesUntilLimit() == 0;
  in.PopLimit(limit);
  return complete;
}

void MeasureItem(CodedInputStream& in, RequestSize& size) {
  constexpr uint32_t kId =
      TagOf(v1::StreamComputeLossRequest::kIdFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  constexpr uint32_t kRequest = TagOf(v1::StreamComputeLossRequest::kRequestFieldNumber,
                                      WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  bool complete = true;
  while (complete) {
    const uint32_t tag = in.ReadTag();
    if (tag == 0) return;
    if (tag == kRequest) {
      complete = MeasureNestedRequest(in, size);
    } else if (uint64_t id = 0; tag == kId) {
      complete = in.ReadVarint64(&id);
      if (complete) size.id = static_cast<int64_t>(id);
    } else {
      complete = WireFormatLite::SkipField(&in, tag);
    }
  }
}

template <class Measure>
RequestSize SizeOf(const grpc::ByteBuffer& bytes, Measure measure) {
  RequestSize size;
  grpc::ByteBuffer readable = bytes;  // shares the slices; the reader wants no const
  if (!readable.Valid()) return size;
  grpc::ProtoBufferReader reader(&readable);
  if (!reader.status().ok()) return size;
  CodedInputStream in(&reader);
  measure(in, size);
  return size;
}

}  // namespace

RequestSize SizeOfRequest(const grpc::ByteBuffer& bytes) { return SizeOf(bytes, MeasureRequest); }

RequestSize SizeOfItem(const grpc::ByteBuffer& bytes) { return SizeOf(bytes, MeasureItem); }

}  // namespace detloss
