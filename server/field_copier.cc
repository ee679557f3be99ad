// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/field_copier.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

namespace detloss {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// The generated parser takes tags and lengths of five bytes, CodedInputStream would take ten.
constexpr int kBytesMax = 5;

}  // namespace

bool FieldCopier::ForEachField(absl::FunctionRef<bool(uint32_t tag)> take) {
  while (in_.BytesUntilLimit() > 0) {
    uint32_t tag = 0;
    if (!ReadTag(tag) || !take(tag)) return false;
  }
  return true;
}

bool FieldCopier::Copy(uint32_t tag) {
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

// The length is not known before the fields are.
bool FieldCopier::Nest(uint32_t tag, absl::FunctionRef<bool()> copy_fields) {
  int length = 0;
  if (!ReadLength(length)) return false;
  Put(tag);
  const size_t start = to_.size();
  const size_t head = CodedOutputStream::VarintSize32(static_cast<uint32_t>(length));
  to_.Extend(head);
  const CodedInputStream::Limit limit = in_.PushLimit(length);
  const bool complete = copy_fields();
  in_.PopLimit(limit);
  FillInLength(start, head);
  return complete;
}

bool FieldCopier::CopyNumbers(uint32_t tag, int64_t max, int64_t& count) {
  if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_VARINT) {
    ++fields_left_;  // it was counted as a field
    if (count < max) Put(tag);
    return CopyListed(max, count);
  }
  return Nest(tag, [&] {
    while (in_.BytesUntilLimit() > 0) {
      if (!CopyListed(max, count)) return false;
    }
    return true;
  });
}

bool FieldCopier::TakeOut(uint32_t tag,
                          absl::FunctionRef<void(const void* data, size_t size)> take) {
  int left = 0;
  if (!ReadLength(left)) return false;
  Put(tag);
  Put(0);
  while (left > 0) {
    const void* data = nullptr;
    int size = 0;
    if (!in_.GetDirectBufferPointer(&data, &size)) return false;
    size = std::min(size, left);
    take(data, static_cast<size_t>(size));
    in_.Skip(size);
    left -= size;
  }
  return true;
}

bool FieldCopier::SkipBytes() {
  int length = 0;
  return ReadLength(length) && in_.Skip(length);
}

bool FieldCopier::CopyNoGroup(uint32_t tag) {
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

bool FieldCopier::CopyVarint() {
  uint64_t value = 0;
  if (!in_.ReadVarint64(&value)) return false;
  Put(value);
  return true;
}

// A number of a list, or nothing where there are enough.
bool FieldCopier::CopyListed(int64_t max, int64_t& count) {
  uint64_t value = 0;
  if (!in_.ReadVarint64(&value)) return false;
  if (count++ < max) Put(value);
  return true;
}

bool FieldCopier::CopyLengthDelimited() {
  int length = 0;
  if (!ReadLength(length)) return false;
  Put(static_cast<uint64_t>(length));
  return CopyRaw(length);
}

bool FieldCopier::CopyRaw(int size) {
  if (size > in_.BytesUntilLimit()) return false;
  return in_.ReadRaw(to_.Extend(static_cast<size_t>(size)), size);
}

bool FieldCopier::ReadTag(uint32_t& tag) {
  const int start = in_.CurrentPosition();
  tag = in_.ReadTagNoLastTag();
  if (tag == 0 || in_.CurrentPosition() - start > kBytesMax) return false;
  if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_FIXED64) return true;
  return --fields_left_ >= 0;
}

// The length of a field that is all there.
bool FieldCopier::ReadLength(int& length) {
  const int start = in_.CurrentPosition();
  return in_.ReadVarintSizeAsInt(&length) && in_.CurrentPosition() - start <= kBytesMax &&
         length <= in_.BytesUntilLimit();
}

void FieldCopier::Put(uint64_t value) {
  uint8_t buffer[10];
  const uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(value, buffer);
  to_.Append({reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer)});
}

// Writes the length of what follows into the `head` bytes at `start`. It needs no more of them
// than the length before; where it needs less, it is padded, as a number may be.
void FieldCopier::FillInLength(size_t start, size_t head) {
  size_t length = to_.size() - start - head;
  for (size_t i = 0; i < head; ++i, length >>= 7) {
    const size_t more = i + 1 < head ? 0x80 : 0;
    to_[start + i] = static_cast<char>((length & 0x7F) | more);
  }
}

}  // namespace detloss
