// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/tensor.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace detloss {

size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kFloat64:
    case DataType::kInt64:
      return 8;
    case DataType::kFloat32:
    case DataType::kInt32:
      return 4;
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return 2;
    case DataType::kUint8:
      return 1;
  }
  return 0;
}

absl::string_view Name(DataType type) {
  constexpr absl::string_view kNames[] = {"UNSPECIFIED", "FLOAT32", "FLOAT64", "FLOAT16",
                                          "BFLOAT16",    "INT32",   "INT64",   "UINT8"};
  return kNames[static_cast<size_t>(type)];
}

bool IsFloatingPoint(DataType type) { return type <= DataType::kBfloat16; }

std::string ToString(absl::Span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

std::optional<int64_t> ElementCount(absl::Span<const int64_t> shape) {
  int64_t count = 1;
  bool overflow = false;
  for (const int64_t length : shape) {
    if (length < 0) return std::nullopt;
    // A later 0 makes the product 0 however large the rest is.
    if (length == 0) return 0;
    overflow |= __builtin_mul_overflow(count, length, &count);
  }
  if (overflow) return std::nullopt;
  return count;
}

Bytes::Bytes(const void* data, size_t size)
    : Bytes(Fragment(static_cast<const std::byte*>(data), size)) {}

Bytes::Bytes(Fragment fragment) : Bytes(absl::MakeConstSpan(&fragment, 1)) {}

Bytes::Bytes(absl::Span<const Fragment> fragments) {
  size_t end = 0;
  for (const Fragment fragment : fragments) {
    if (fragment.empty()) continue;
    end += fragment.size();
    fragments_.push_back(fragment);
    ends_.push_back(end);
  }
}

size_t Bytes::FragmentAt(size_t offset) const {
  if (ends_.size() == 1) return 0;
  return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset) - ends_.begin());
}

const std::byte* Bytes::Find(size_t offset, size_t size) const {
  if (size == 0) return nullptr;
  const size_t i = FragmentAt(offset);
  const size_t skip = offset - (ends_[i] - fragments_[i].size());
  return fragments_[i].size() - skip >= size ? fragments_[i].data() + skip : nullptr;
}

const std::byte* Bytes::Read(size_t offset, size_t size, std::byte* scratch) const {
  if (const std::byte* there = Find(offset, size)) return there;
  if (size == 0) return scratch;
  size_t i = FragmentAt(offset);
  size_t skip = offset - (ends_[i] - fragments_[i].size());
  for (size_t filled = 0; filled < size; ++i, skip = 0) {
    const size_t part = std::min(size - filled, fragments_[i].size() - skip);
    std::memcpy(scratch + filled, fragments_[i].data() + skip, part);
    filled += part;
  }
  return scratch;
}

TensorView TensorView::Of(DataType type, Shape shape, const void* data) {
  const size_t size = static_cast<size_t>(ElementCount(shape).value_or(0)) * SizeOf(type);
  return {type, std::move(shape), Bytes(data, size)};
}

}  // namespace detloss
