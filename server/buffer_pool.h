// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Memory for the tensors of replies. Kernels write into a buffer, gRPC sends it as a slice from
// where it is, and it comes back to the pool when gRPC is done with it.

#ifndef DETLOSS_SERVER_BUFFER_POOL_H_
#define DETLOSS_SERVER_BUFFER_POOL_H_

#include <grpcpp/support/slice.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace detloss {

// Lends buffers. Copies share their memory, which lives until the last of them and the last buffer
// are gone. Thread-safe.
class BufferPool {
 public:
  struct Block;  // buffer_pool.cc
  class Buffer;

  struct Stats {
    size_t lent = 0;        // buffers that have not come back
    size_t idle = 0;        // buffers that wait to be lent again
    size_t idle_bytes = 0;  // of them
  };

  // The pool keeps at most `idle_bytes_max` bytes that nobody uses.
  explicit BufferPool(size_t idle_bytes_max = size_t{128} << 20);

  // A buffer of at least `size` bytes, at most 1/16 or 64 bytes more, with any contents, at an
  // address that is a multiple of 64. Throws std::bad_alloc.
  Buffer Take(size_t size) const;

  // Frees what nobody uses.
  void Trim();

  Stats stats() const;

 private:
  struct State;

  std::shared_ptr<State> state_;
};

// A buffer that was lent. Goes back when it is destroyed.
class BufferPool::Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer();

  // Whether there is one at all: there are buffers of 0 bytes.
  explicit operator bool() const { return block_ != nullptr; }
  std::byte* data() const;
  size_t size() const { return size_; }

  // The buffer as a slice, which takes it back to the pool when gRPC drops the last reference.
  grpc::Slice ToSlice() &&;

 private:
  friend class BufferPool;
  Buffer(Block* block, size_t size) : block_(block), size_(size) {}

  Block* block_ = nullptr;
  size_t size_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_BUFFER_POOL_H_
