// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a request allocates on its way from its bytes to those of its reply and its line in the log,
// once there have been others.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "server/access_log.h"
#include "server/compute.h"
#include "server/logging.h"
#include "server/metrics.h"
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

// The allocations of one request, of its reply and of its line in the log, after some like it.
Allocations OfRequest(const v1::ComputeLossRequest& message) {
  const Environment environment;
  const grpc::ByteBuffer request = Received(message);
  std::FILE* const file = std::fopen("/dev/null", "w");
  Allocations allocations;
  {
    Log log({}, file);
    Metrics metrics;
    for (int i = 0; i < 4; ++i) {
      RequestRecord record;
      record.method = "ComputeLoss";
      TakeAllocations();
      const Reply reply = ComputeLossBytes(
          environment, request, [] { return false; }, record);
      metrics.Begin();
      metrics.End(record);
      LogRequest(record, log);
      allocations = TakeAllocations();
      EXPECT_TRUE(reply.ok()) << reply.status();
    }
  }
  std::fclose(file);
  return allocations;
}

Allocations OfRequest(int64_t rows) { return OfRequest(FocalRequest(rows)); }

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

// What gRPC allocates for a reply with `bytes` of elements: text, a buffer that is lent, and text
// so short that its slice holds it.
size_t AllocationsOfSlices(size_t bytes) {
  const BufferPool pool;
  pool.Take(bytes);
  const std::string head(64, 'x'), tail(20, 'x');
  TakeAllocations();
  const grpc::Slice slices[] = {grpc::Slice(head.data(), head.size()), pool.Take(bytes).ToSlice(),
                                grpc::Slice(tail.data(), tail.size())};
  const grpc::ByteBuffer reply(slices, std::size(slices));
  return TakeAllocations().count;
}

v1::Tensor Filled(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t length : shape) count *= length;
  return Floats(shape, std::vector<float>(static_cast<size_t>(count), 0.5f));
}

// A weighted term of any loss with a gradient of 1,000 numbers.
v1::ComputeLossRequest SmallRequest(const LossInfo& loss) {
  const int64_t width = loss.family == Family::kBox ? 4 : 5, rows = 1000 / width;
  const bool rows_are_items = loss.family == Family::kBox || loss.family == Family::kSoftmax;
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  *term.mutable_prediction() = Filled({rows, width});
  *term.mutable_target() = Filled({rows, width});
  *term.mutable_weight() = rows_are_items ? Filled({rows}) : Filled({rows, width});
  if (loss.needs_class_indices) {
    v1::Tensor& target = *term.mutable_target();
    target.set_data_type(v1::DATA_TYPE_UINT8);
    target.mutable_shape()->RemoveLast();
    target.set_data(std::string(static_cast<size_t>(rows), '\1'));
  }
  const auto& field = *v1::LossTerm::descriptor()->FindFieldByName(std::string(loss.name));
  v1::LossTerm::GetReflection()->MutableMessage(&term, &field);
  return request;
}

TEST(Allocations, OfASmallRequestAreThoseOfTheSlicesOfItsReply) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    // Protobuf's strings are those of the standard library, which holds 15 characters itself.
    const size_t name = loss.name.size() > 15 ? 1 : 0;
    EXPECT_LE(OfRequest(SmallRequest(loss)).count, AllocationsOfSlices(4000) + name);
  }
}

// Lists grow by doubling: their allocations are few however large the request is.
TEST(Allocations, AreAsManyForLargeRequests) {
  EXPECT_LE(OfRequest(1 << 20).count, OfRequest(1000).count + 64);
}

}  // namespace
}  // namespace detloss
