// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/buffer_pool.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>

#include "core/happens_before.h"

namespace detloss {
namespace {

constexpr size_t kAlignment = 64;

// Buffers have one of these capacities, so that they fit again where sizes vary: the multiples of
// 64 up to 1 KiB, and from there sixteen between two powers of two.
constexpr size_t kSteps = 16;

size_t CapacityFor(size_t size) {
  const size_t step = std::max(kAlignment, std::bit_floor(size) / kSteps);
  return (std::max(size, size_t{1}) + step - 1) / step * step;
}

// The number of a capacity in their order.
size_t ClassOf(size_t capacity) {
  constexpr size_t kFirst = kSteps * kAlignment;
  if (capacity < kFirst) return capacity / kAlignment;
  const auto doublings = static_cast<size_t>(std::bit_width(capacity) - std::bit_width(kFirst));
  return kSteps * doublings + (capacity >> doublings) / kAlignment;
}

// Of every size there is.
constexpr size_t kClassCount = kSteps * 64;

}  // namespace

// What precedes the bytes of a buffer.
struct alignas(kAlignment) BufferPool::Block {
  size_t capacity = 0;
  Block* next = nullptr;                     // in the list of idle ones
  std::shared_ptr<State> lent_by = nullptr;  // while it is lent

  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }

  static Block* Allocate(size_t capacity) {
    void* const memory = operator new (sizeof(Block) + capacity, std::align_val_t{kAlignment});
    return new (memory) Block{.capacity = capacity};
  }

  static void Free(Block* block) {
    block->~Block();
    operator delete (static_cast<void*>(block), std::align_val_t{kAlignment});
  }

  static void FreeList(Block* first) {
    while (first != nullptr) Free(std::exchange(first, first->next));
  }
};

struct BufferPool::State {
  // Of one capacity.
  struct List {
    Block* first = nullptr;
    size_t count = 0;
  };

  explicit State(size_t bytes_max) : idle_bytes_max(bytes_max) {}
  ~State() { FreeIdle(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Block* Lend(size_t capacity) {
    if (Block* const block = TakeIdle(capacity)) return block;
    Block* const block = Block::Allocate(capacity);
    const std::lock_guard lock(mutex);
    ++stats.lent;
    return block;
  }

  // Keeps the block if there is room for it among those of its own capacity: others may be of
  // sizes that nobody asks for any more.
  void Return(Block* block) {
    Block* dropped = nullptr;
    {
      const std::lock_guard lock(mutex);
      --stats.lent;
      const size_t of_this_capacity = idle[ClassOf(block->capacity)].count + 1;
      if (of_this_capacity * block->capacity <= idle_bytes_max) {
        dropped = MakeRoom(block->capacity);
        Keep(block);
        block = nullptr;
      }
    }
    Block::FreeList(dropped);
    if (block != nullptr) Block::Free(block);
  }

  void FreeIdle() {
    std::array<List, kClassCount> lists = {};
    {
      const std::lock_guard lock(mutex);
      lists.swap(idle);
      stats.idle = stats.idle_bytes = 0;
    }
    for (const List& list : lists) Block::FreeList(list.first);
  }

  // An idle block, or null.
  Block* TakeIdle(size_t capacity) {
    const std::lock_guard lock(mutex);
    const size_t c = ClassOf(capacity);
    if (idle[c].first == nullptr) return nullptr;
    ++stats.lent;
    return Pop(c);
  }

  // Takes out blocks of other capacities, the largest first, until one of this capacity fits, and
  // returns them. REQUIRES: mutex is held, and those of this capacity leave room for it.
  Block* MakeRoom(size_t capacity) {
    const auto fits = [&] { return stats.idle_bytes + capacity <= idle_bytes_max; };
    Block* dropped = nullptr;
    for (size_t c = kClassCount; c-- > 0 && !fits();) {
      if (c == ClassOf(capacity)) continue;
      while (idle[c].first != nullptr && !fits()) {
        Block* const block = Pop(c);
        block->next = std::exchange(dropped, block);
      }
    }
    return dropped;
  }

  // Takes out a block of a class. REQUIRES: mutex is held, and there is one.
  Block* Pop(size_t c) {
    --idle[c].count;
    --stats.idle;
    stats.idle_bytes -= idle[c].first->capacity;
    return std::exchange(idle[c].first, idle[c].first->next);
  }

  // REQUIRES: mutex is held.
  void Keep(Block* block) {
    List& list = idle[ClassOf(block->capacity)];
    block->next = std::exchange(list.first, block);
    ++list.count;
    ++stats.idle;
    stats.idle_bytes += block->capacity;
  }

  const size_t idle_bytes_max;
  std::mutex mutex;  // guards what follows
  Stats stats;
  std::array<List, kClassCount> idle = {};
};

BufferPool::BufferPool(size_t idle_bytes_max) : state_(std::make_shared<State>(idle_bytes_max)) {}

BufferPool::Buffer BufferPool::Take(size_t size) const {
  Block* const block = state_->Lend(CapacityFor(size));
  block->lent_by = state_;
  return {block, size};
}

void BufferPool::Trim() { state_->FreeIdle(); }

BufferPool::Stats BufferPool::stats() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stats;
}

BufferPool::Buffer::~Buffer() {
  if (block_ == nullptr) return;
  // The pool may end with its last buffer.
  const std::shared_ptr<State> pool = std::move(block_->lent_by);
  pool->Return(block_);
}

std::byte* BufferPool::Buffer::data() const { return block_->data(); }

grpc::Slice BufferPool::Buffer::ToSlice() && {
  Release(block_);
  const size_t size = std::exchange(size_, 0);
  Block* const block = std::exchange(block_, nullptr);
  const auto take_back = [](void* returned) {
    Acquire(returned);
    Buffer(static_cast<Block*>(returned), 0);
  };
  return grpc::Slice(block->data(), size, take_back, block);
}

}  // namespace detloss
