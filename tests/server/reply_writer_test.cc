// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reply_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "server/status.h"
#include "server/wire.h"
#include "tests/server/requests.h"

namespace detloss {
namespace {

BufferPool::Buffer Filled(BufferPool& pool, size_t size) {
  BufferPool::Buffer buffer = pool.Take(size);
  for (size_t i = 0; i < size; ++i) buffer.data()[i] = static_cast<std::byte>(i * 7 + size);
  return buffer;
}

std::string Text(const BufferPool::Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

// Adds a result to a response, and to the message that its bytes must be.
void AddResult(size_t loss_bytes, size_t gradient_bytes, BufferPool& pool,
               OutgoingResponse& response, v1::ComputeLossResponse& expected) {
  v1::TermResult& result = *response.message.add_results();
  result.set_name("a name");
  result.set_loss_sum(3);
  result.mutable_statistics()->set_element_count(5);
  result.add_segment_loss_sums(7);
  result.mutable_loss()->set_data_type(v1::DATA_TYPE_FLOAT32);
  result.mutable_gradient()->set_data_type(v1::DATA_TYPE_UINT8);
  result.mutable_gradient()->add_shape(300);
  ResultBuffers& buffers = response.buffers.emplace_back();
  buffers.loss = Filled(pool, loss_bytes);
  buffers.gradient = Filled(pool, gradient_bytes);
  v1::TermResult& copy = *expected.add_results() = result;
  copy.mutable_loss()->set_data(Text(buffers.loss));
  copy.mutable_gradient()->set_data(Text(buffers.gradient));
}

std::string Parsed(const grpc::ByteBuffer& bytes) {
  v1::ComputeLossResponse response;
  EXPECT_TRUE(ParseMessage(bytes, response).ok());
  return response.SerializeAsString();
}

TEST(WriteResponse, GivesTheBytesOfTheMessage) {
  for (const size_t small : {0u, 4u, 127u, 2048u, 2049u, 100000u}) {
    for (const size_t large : {0u, 4u, 3000000u}) {
      BufferPool pool;
      OutgoingResponse response;
      v1::ComputeLossResponse expected;
      AddResult(small, large, pool, response, expected);
      AddResult(large, small, pool, response, expected);
      response.message.set_total_loss(1.5);
      response.message.mutable_timing()->set_decode_us(9);
      expected.set_total_loss(1.5);
      expected.mutable_timing()->set_decode_us(9);
      const auto bytes = WriteResponse(response);
      ASSERT_TRUE(bytes.ok());
      EXPECT_EQ(bytes->Length(), expected.ByteSizeLong());
      EXPECT_EQ(Parsed(*bytes), expected.SerializeAsString()) << small << " " << large;
    }
  }
}

TEST(WriteResponse, LeavesTensorsWithoutABufferToTheMessage) {
  OutgoingResponse response;
  response.buffers.resize(1);
  v1::TermResult& result = *response.message.add_results();
  *result.mutable_loss() = Values(v1::DATA_TYPE_FLOAT32, {2}, {1, 2});
  const std::string expected = response.message.SerializeAsString();
  EXPECT_EQ(Parsed(*WriteResponse(response)), expected);
}

TEST(WriteResponse, SendsLargeBuffersFromWhereTheyAre) {
  BufferPool pool;
  OutgoingResponse response;
  v1::ComputeLossResponse expected;
  AddResult(4, 100000, pool, response, expected);
  const auto* data = reinterpret_cast<const uint8_t*>(response.buffers[0].gradient.data());
  {
    const grpc::ByteBuffer bytes = *WriteResponse(response);
    std::vector<grpc::Slice> slices;
    ASSERT_TRUE(bytes.Dump(&slices).ok());
    ASSERT_EQ(slices.size(), 2u);
    EXPECT_EQ(slices[1].begin(), data);
    EXPECT_EQ(slices[1].size(), 100000u);
    EXPECT_EQ(pool.stats().lent, 1u);  // the loss was copied
  }
  EXPECT_EQ(pool.stats().lent, 0u);
}

TEST(WriteItem, WrapsTheResponse) {
  BufferPool pool;
  OutgoingResponse response;
  v1::ComputeLossResponse expected;
  AddResult(4, 100000, pool, response, expected);
  v1::StreamComputeLossResponse item;
  ASSERT_TRUE(ParseMessage(*WriteItem(-3, response), item).ok());
  EXPECT_EQ(item.id(), -3);
  EXPECT_EQ(item.response().SerializeAsString(), expected.SerializeAsString());
}

TEST(WriteItem, SaysThatThereIsAResponseEvenIfItIsEmpty) {
  OutgoingResponse response;
  v1::StreamComputeLossResponse item;
  ASSERT_TRUE(ParseMessage(*WriteItem(0, response), item).ok());
  EXPECT_TRUE(item.has_response());
}

TEST(CheckReplySize, AllowsWhatProtobufCanCarry) {
  EXPECT_TRUE(CheckReplySize(0x7FFFFFFF).ok());
  EXPECT_EQ(ReasonOf(CheckReplySize(0x80000000)), "LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace detloss
