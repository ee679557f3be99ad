// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_FUZZ_FUZZ_INPUT_H_
#define DETLOSS_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace detloss {

// The bytes of a fuzzer as choices, one after the other. Behind their end all choices are 0.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  size_t left() const { return left_; }

  // A number of any bits.
  template <class T>
  T Any() {
    T number = {};
    const size_t size = std::min(sizeof number, left_);
    if (size > 0) std::memcpy(&number, data_, size);
    data_ += size;
    left_ -= size;
    return number;
  }

  // One of 0 ... count - 1, of which there are at most 256.
  size_t Below(size_t count) { return Any<uint8_t>() % count; }

  // True once in `of` times.
  bool OneIn(size_t of) { return Below(of) == of - 1; }
  bool Flag() { return OneIn(2); }

  // One of the elements.
  template <class List>
  auto OneOf(const List& list) -> decltype(std::data(list)[0]) {
    return std::data(list)[Below(std::size(list))];
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_FUZZ_FUZZ_INPUT_H_
