// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a request allocates on its way through the server, once there have been others.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "server/compute.h"
#include "tests/server/counting_allocator.h"
#include "tests/server/requests.h"

namespace detloss {
namespace {

// As a network hands it over: slices of up to 64 KiB at odd addresses.
grpc::ByteBuffer Received(const v1::ComputeLossRequest& request) {
  const std::string bytes = request.SerializeAsString();
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size();) {
    const size_t size = std::min(bytes.size() - i, size_t{65536} - slices.size() % 7);
    slices.emplace_back(bytes.data() + i, size);
    i += size;
  }
  return {slices.data(), slices.size()};
}

// The allocations of one request, the reply among them, after some like it.
Allocations OfRequest(int64_t rows) {
  const Environment environment;
  const grpc::ByteBuffer request = Received(FocalRequest(rows));
  Allocations allocations;
  for (int i = 0; i < 4; ++i) {
    RequestRecord record;
    TakeAllocations();
    const Reply reply = ComputeLossBytes(
        environment, request, [] { return false; }, record);
    allocations = TakeAllocations();
    EXPECT_TRUE(reply.ok()) << reply.status();
  }
  return allocations;
}

TEST(Allocations, AreCounted) {
  TakeAllocations();
  std::vector<char> memory(12345);
  const Allocations allocations = TakeAllocations();
  EXPECT_GE(allocations.count, 1u);
  EXPECT_GE(allocations.largest, memory.size());
}

// A tensor of 4 MiB: what is allocated are lists of its slices and blocks, of some bytes each.
TEST(Allocations, AreNotOfTheSizeOfTensors) {
  const Allocations allocations = OfRequest(1 << 20);
  EXPECT_LT(allocations.largest, size_t{64} << 10);
  EXPECT_LT(allocations.bytes, size_t{160} << 10);
}

// What gRPC allocates for a reply of `elements` FLOAT32: text, a buffer that is lent, and more
// text.
size_t AllocationsOfSlices(size_t elements) {
  const BufferPool pool;
  pool.Take(4 * elements);
  const std::string head(64, 'x'), tail(24, 'x');
  TakeAllocations();
  const grpc::Slice slices[] = {grpc::Slice(head.data(), head.size()),
                                pool.Take(4 * elements).ToSlice(),
                                grpc::Slice(tail.data(), tail.size())};
  const grpc::ByteBuffer reply(slices, std::size(slices));
  return TakeAllocations().count;
}

TEST(Allocations, OfASmallRequestAreThoseOfItsSlices) {
  EXPECT_LE(OfRequest(1000).count, AllocationsOfSlices(1000));
}

// Lists grow by doubling: their allocations are few however large the request is.
TEST(Allocations, AreAsManyForLargeRequests) {
  EXPECT_LE(OfRequest(1 << 20).count, OfRequest(1000).count + 64);
}

}  // namespace
}  // namespace detloss
