// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/request.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

const std::vector<float> kBoxes = {0, 0, 1, 1, 0, 0, 2, 2};

// The message that the slices of `buffer` hold.
v1::ComputeLossRequest Parse(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(slice.begin(), slice.end());
  v1::ComputeLossRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

void ExpectSameRequest(const google::protobuf::Message& loss, const TensorRef& prediction,
                       const TensorRef& target, const TermOptions& options) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(made, MakeRequest(loss, prediction, target, options));
  DETLOSS_ASSERT_OK_AND_ASSIGN(encoded, EncodeRequest(loss, prediction, target, options));
  EXPECT_EQ(Parse(encoded).DebugString(), made.DebugString());
}

TEST(EncodeRequest, IsTheMessageOnTheWire) {
  const TensorRef boxes = MakeTensorRef(kBoxes, {2, 4});
  const std::vector<double> weight = {1, 2};
  ExpectSameRequest(v1::GiouLoss(), boxes, boxes, {});
  ExpectSameRequest(v1::GiouLoss(), boxes, boxes,
                    {.weight = MakeTensorRef(weight, {2}), .segment_offsets = {0, 1, 2}});
  ExpectSameRequest(v1::L1Loss(), {}, {}, {});
  // Lengths of every size on the wire.
  for (const size_t size : {1u, 100u, 127u, 128u, 16383u, 16384u, 3000000u}) {
    const std::vector<uint8_t> values(size, 7);
    const TensorRef ref = MakeTensorRef(values, {static_cast<int64_t>(size)});
    ExpectSameRequest(v1::L1Loss(), ref, boxes, {});
  }
}

TEST(MakeRequest, FillsEveryOption) {
  const std::vector<double> weight = {1, 2};
  const TensorRef boxes = MakeTensorRef(kBoxes, {2, 4});
  DETLOSS_ASSERT_OK_AND_ASSIGN(request, MakeRequest(v1::GiouLoss(), boxes, boxes,
                                                    {.name = "n",
                                                     .weight = MakeTensorRef(weight, {2}),
                                                     .reduction = v1::REDUCTION_SUM,
                                                     .normalizer = 2,
                                                     .scale = 3,
                                                     .gradient = false,
                                                     .segment_offsets = {0, 2},
                                                     .statistics = true,
                                                     .easy_threshold = 0.7,
                                                     .non_finite = v1::NON_FINITE_POLICY_REJECT}));
  const v1::LossTerm& term = request.terms(0);
  std::vector<const google::protobuf::FieldDescriptor*> set;
  v1::LossTerm::GetReflection()->ListFields(term, &set);
  // Every field of a term, of whose losses it has one: an option that is missing here is missing in
  // `TermOptions` too.
  const int fields = v1::LossTerm::descriptor()->field_count() -
                     v1::LossTerm::descriptor()->FindOneofByName("loss")->field_count() + 1;
  EXPECT_EQ(set.size(), static_cast<size_t>(fields));
  EXPECT_EQ(term.easy_threshold(), 0.7);
  EXPECT_FALSE(term.gradient());
}

TEST(EncodeRequest, KeepsTheOwnerAndCopiesWithoutOne) {
  auto values = std::make_shared<const std::vector<float>>(1000, 1.5F);
  const float* data = values->data();
  const std::weak_ptr<const std::vector<float>> alive = values;
  {
    auto buffer = EncodeRequest(v1::L1Loss(), MakeTensorRef(std::move(values), {1000}),
                                MakeTensorRef(kBoxes, {8}), {});
    ASSERT_THAT(buffer, IsOk());
    EXPECT_FALSE(alive.expired());
    std::vector<grpc::Slice> slices;
    ASSERT_TRUE(buffer->Dump(&slices).ok());
    const auto holds = [&](const void* address) {
      return std::any_of(slices.begin(), slices.end(),
                         [&](const grpc::Slice& slice) { return slice.begin() == address; });
    };
    EXPECT_TRUE(holds(data));
    EXPECT_FALSE(holds(kBoxes.data()));
  }
  EXPECT_TRUE(alive.expired());
}

TEST(EncodeRequest, RejectsMessagesThatAreNotLosses) {
  EXPECT_FALSE(EncodeRequest(v1::Tensor(), {}, {}, {}).ok());
}

}  // namespace
}  // namespace detloss::client
