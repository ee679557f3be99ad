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
  OutgoingResult& result = response.AddResult();
  result.message->set_name("a name");
  result.message->set_loss_sum(3);
  result.message->mutable_statistics()->set_element_count(5);
  result.message->add_segment_loss_sums(7);
  result.loss = {response.New<v1::Tensor>(), Filled(pool, loss_bytes)};
  result.loss.message->set_data_type(v1::DATA_TYPE_FLOAT32);
  result.gradient = {response.New<v1::Tensor>(), Filled(pool, gradient_bytes)};
  result.gradient.message->set_data_type(v1::DATA_TYPE_UINT8);
  result.gradient.message->add_shape(300);
  v1::TermResult& copy = *expected.add_results() = *result.message;
  *copy.mutable_loss() = *result.loss.message;
  *copy.mutable_gradient() = *result.gradient.message;
  copy.mutable_loss()->set_data(Text(result.loss.elements));
  copy.mutable_gradient()->set_data(Text(result.gradient.elements));
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
      google::protobuf::Arena arena;
      OutgoingResponse response(arena);
      v1::ComputeLossResponse expected;
      AddResult(small, large, pool, response, expected);
      AddResult(large, small, pool, response, expected);
      response.message.set_total_loss(1.5);
      response.message.mutable_timing()->set_decode_us(9);
      expected.set_total_loss(1.5);
      expected.mutable_timing()->set_decode_us(9);
      const auto bytes = WriteResponse(response);
      ASSERT_TRUE(bytes.ok());
      EXPECT_EQ(bytes->buffer().Length(), expected.ByteSizeLong());
      EXPECT_EQ(Parsed(bytes->buffer()), expected.SerializeAsString()) << small << " " << large;
    }
  }
}

TEST(WriteResponse, LeavesTensorsWithoutABufferToTheMessage) {
  google::protobuf::Arena arena;
  OutgoingResponse response(arena);
  v1::Tensor tensor = Values(v1::DATA_TYPE_FLOAT32, {2}, {1, 2});
  response.AddResult().loss.message = &tensor;
  v1::ComputeLossResponse expected;
  *expected.add_results()->mutable_loss() = tensor;
  EXPECT_EQ(Parsed(WriteResponse(response)->buffer()), expected.SerializeAsString());
}

TEST(WriteResponse, SendsLargeBuffersFromWhereTheyAre) {
  BufferPool pool;
  google::protobuf::Arena arena;
  OutgoingResponse response(arena);
  v1::ComputeLossResponse expected;
  AddResult(4, 100000, pool, response, expected);
  const auto* data = reinterpret_cast<const uint8_t*>(response.results[0].gradient.elements.data());
  {
    const auto bytes = WriteResponse(response);
    std::vector<grpc::Slice> slices;
    ASSERT_TRUE(bytes->buffer().Dump(&slices).ok());
    ASSERT_EQ(slices.size(), 2u);
    EXPECT_EQ(slices[1].begin(), data);
    EXPECT_EQ(slices[1].size(), 100000u);
    EXPECT_EQ(pool.stats().lent, 1u);  // the loss was copied
  }
  EXPECT_EQ(pool.stats().lent, 0u);
}

TEST(WriteItem, WrapsTheResponse) {
  BufferPool pool;
  google::protobuf::Arena arena;
  OutgoingResponse response(arena);
  v1::ComputeLossResponse expected;
  AddResult(4, 100000, pool, response, expected);
  v1::StreamComputeLossResponse item;
  ASSERT_TRUE(ParseMessage(WriteItem(-3, response)->buffer(), item).ok());
  EXPECT_EQ(item.id(), -3);
  EXPECT_EQ(item.response().SerializeAsString(), expected.SerializeAsString());
}

TEST(WriteItem, SaysThatThereIsAResponseEvenIfItIsEmpty) {
  google::protobuf::Arena arena;
  OutgoingResponse response(arena);
  v1::StreamComputeLossResponse item;
  ASSERT_TRUE(ParseMessage(WriteItem(0, response)->buffer(), item).ok());
  EXPECT_TRUE(item.has_response());
}

TEST(CheckReplySize, AllowsWhatProtobufCanCarry) {
  EXPECT_TRUE(CheckReplySize(0x7FFFFFFF).ok());
  EXPECT_EQ(ReasonOf(CheckReplySize(0x80000000)), "LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace detloss
