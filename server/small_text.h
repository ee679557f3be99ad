// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SMALL_TEXT_H_
#define DETLOSS_SERVER_SMALL_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"

namespace detloss {

// Bytes that need no memory of their own as long as they are few. Every request makes some.
class SmallText {
 public:
  SmallText() = default;
  SmallText(const SmallText&) = delete;
  SmallText& operator=(const SmallText&) = delete;

  const char* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  absl::string_view view() const { return {data_, size_}; }
  char& operator[](size_t i) { return data_[i]; }

  // Makes room for `size` bytes at the end, with any contents, and returns where they are.
  char* Extend(size_t size) {
    if (size > capacity_ - size_) Grow(size_ + size);
    char* const end = data_ + size_;
    size_ += size;
    return end;
  }

  void Append(absl::string_view bytes) {
    if (!bytes.empty()) std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
  }

  void Clear() { size_ = 0; }

  // Clears it and gives its memory back.
  void Free() {
    size_ = 0;
    memory_.reset();
    data_ = block_;
    capacity_ = sizeof block_;
  }

 private:
  void Grow(size_t size) {
    const size_t capacity = std::max(size, 2 * capacity_);
    auto memory = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(memory.get(), data_, size_);
    capacity_ = capacity;
    memory_ = std::move(memory);
    data_ = memory_.get();
  }

  char* data_ = block_;
  size_t size_ = 0;
  size_t capacity_ = sizeof block_;
  std::unique_ptr<char[]> memory_;
  char block_[512];
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_SMALL_TEXT_H_
