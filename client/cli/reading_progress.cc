// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/reading_progress.h"

namespace detloss::cli {

CountingBuffer::int_type CountingBuffer::underflow() {
  const std::streamsize size =
      source_.sgetn(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (size <= 0) return traits_type::eof();
  setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
  total_ += static_cast<uint64_t>(size);
  count_(total_);
  return traits_type::to_int_type(*gptr());
}

}  // namespace detloss::cli
