// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/buffer_pool.h"

#include <grpcpp/support/byte_buffer.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

namespace detloss {
namespace {

using Buffer = BufferPool::Buffer;

TEST(BufferPool, LendsAlignedBuffersOfEverySize) {
  BufferPool pool;
  for (const size_t size :
       {0u, 1u, 63u, 64u, 65u, 1023u, 1024u, 1025u, 4097u, 65536u, 1u << 20, (1u << 24) - 1}) {
    const Buffer buffer = pool.Take(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    std::memset(buffer.data(), 1, size);
  }
}

TEST(BufferPool, LendsTheSameMemoryAgainForSimilarSizes) {
  BufferPool pool;
  for (size_t size = 1; size < 200000; size += size / 7 + 1) {
    const void* first = pool.Take(size).data();
    EXPECT_EQ(pool.Take(size).data(), first) << size;
  }
  const void* first = pool.Take(1000000).data();
  EXPECT_EQ(pool.Take(1000000 + 10000).data(), first);
  EXPECT_NE(pool.Take(1500000).data(), first);
}

TEST(BufferPool, LosesNoMoreThanASixteenthToRounding) {
  BufferPool pool;
  for (size_t size = 1; size < (1u << 26); size += size / 5 + 1) {
    pool.Trim();
    pool.Take(size);
    EXPECT_GE(pool.stats().idle_bytes, size);
    EXPECT_LE(pool.stats().idle_bytes, std::max(size + 63, size + size / 16)) << size;
  }
}

TEST(BufferPool, CountsWhatIsLentAndWhatIsIdle) {
  BufferPool pool;
  std::optional<Buffer> first = pool.Take(100), second = pool.Take(100);
  EXPECT_EQ(pool.stats().lent, 2u);
  EXPECT_EQ(pool.stats().idle, 0u);
  first.reset();
  EXPECT_EQ(pool.stats().lent, 1u);
  EXPECT_EQ(pool.stats().idle, 1u);
  EXPECT_EQ(pool.stats().idle_bytes, 128u);
  second.reset();
  pool.Trim();
  EXPECT_EQ(pool.stats().lent, 0u);
  EXPECT_EQ(pool.stats().idle, 0u);
  EXPECT_EQ(pool.stats().idle_bytes, 0u);
}

TEST(BufferPool, KeepsNoMoreThanItMay) {
  BufferPool pool(1000);
  {
    std::vector<Buffer> buffers;
    for (int i = 0; i < 8; ++i) buffers.push_back(pool.Take(256));
  }
  EXPECT_EQ(pool.stats().idle_bytes, 768u);
  pool.Take(4096);  // more than it keeps at all
  EXPECT_EQ(pool.stats().idle_bytes, 768u);
  pool.Take(512);  // in the place of two others
  EXPECT_EQ(pool.stats().idle_bytes, 768u);
  EXPECT_EQ(pool.stats().idle, 2u);
  EXPECT_EQ(pool.stats().lent, 0u);
}

TEST(BufferPool, MovedBuffersComeBackOnce) {
  BufferPool pool;
  {
    Buffer first = pool.Take(1);
    Buffer second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(second);
    first = pool.Take(1);
    first = std::move(second);
  }
  EXPECT_EQ(pool.stats().lent, 0u);
  EXPECT_EQ(pool.stats().idle, 2u);
}

TEST(BufferPool, TakesBackSlicesWithTheirLastReference) {
  BufferPool pool;
  Buffer buffer = pool.Take(5000);
  std::memset(buffer.data(), 7, buffer.size());
  const void* data = buffer.data();
  {
    const grpc::Slice slice = std::move(buffer).ToSlice();
    EXPECT_EQ(slice.begin(), data);
    EXPECT_EQ(slice.size(), 5000u);
    grpc::ByteBuffer(&slice, 1).Clear();  // of another reference
    EXPECT_EQ(pool.stats().lent, 1u);
  }
  EXPECT_EQ(pool.stats().lent, 0u);
  EXPECT_EQ(pool.Take(5000).data(), data);
}

TEST(BufferPool, EndsAfterItsLastBuffer) {
  std::optional<BufferPool> pool(std::in_place);
  std::optional<grpc::Slice> slice = pool->Take(5000).ToSlice();
  pool.reset();
  EXPECT_EQ(slice->size(), 5000u);
  slice.reset();  // the address sanitizer would see a leak, or a pool that is gone
}

TEST(BufferPool, MayBeUsedFromManyThreads) {
  BufferPool pool;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([pool, t]() mutable {
      for (size_t i = 0; i < 2000; ++i) {
        const Buffer buffer = pool.Take(1 + i % 300 * 64);
        std::memset(buffer.data(), static_cast<int>(t), buffer.size());
        for (size_t k = 0; k < buffer.size(); k += 64) {
          ASSERT_EQ(buffer.data()[k], static_cast<std::byte>(t));
        }
        if (i % 500 == 0) pool.Trim();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().lent, 0u);
}

}  // namespace
}  // namespace detloss
