// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How far the reading of a file is.

#ifndef DETLOSS_CLI_READING_PROGRESS_H_
#define DETLOSS_CLI_READING_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

namespace detloss::cli {

// Told how many bytes of the file at `path` have been read, now and then, and how many it has: 0
// when nobody knows, as for a pipe.
using ReadingProgress = std::function<void(const std::string& path, uint64_t bytes, uint64_t of)>;

// The characters of `source`, counted.
class CountingBuffer final : public std::streambuf {
 public:
  // `count` is told how many there were so far, each mebibyte and at the end.
  CountingBuffer(std::streambuf& source, std::function<void(uint64_t)> count)
      : source_(source), count_(std::move(count)), buffer_(size_t{1} << 20) {}

 protected:
  int_type underflow() override;

 private:
  std::streambuf& source_;
  std::function<void(uint64_t)> count_;
  std::vector<char> buffer_;
  uint64_t total_ = 0;
};

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_READING_PROGRESS_H_
