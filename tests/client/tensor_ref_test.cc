// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/tensor_ref.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

using testing::ElementsAre;

template <typename T>
v1::Tensor TensorOf(const std::vector<T>& values) {
  v1::Tensor tensor;
  FillTensor(MakeTensorRef(values, {static_cast<int64_t>(values.size())}), tensor);
  return tensor;
}

// A tensor of a 16-bit type from the bits of its elements.
v1::Tensor TensorOfBits(v1::DataType type, const std::vector<uint16_t>& bits) {
  v1::Tensor tensor;
  FillTensor({type,
              {static_cast<int64_t>(bits.size())},
              {reinterpret_cast<const std::byte*>(bits.data()), 2 * bits.size()}},
             tensor);
  return tensor;
}

TEST(TensorRef, KeepsTypeShapeAndBytes) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  v1::Tensor tensor;
  FillTensor(MakeTensorRef(values, {2, 3}), tensor);
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.data().size(), 24u);
}

TEST(ToDoubles, WidensEveryType) {
  EXPECT_THAT(*ToDoubles(TensorOf<float>({0.5F, -3})), ElementsAre(0.5, -3));
  EXPECT_THAT(*ToDoubles(TensorOf<double>({0.1})), ElementsAre(0.1));
  EXPECT_THAT(*ToDoubles(TensorOf<int32_t>({-7})), ElementsAre(-7));
  EXPECT_THAT(*ToDoubles(TensorOf<int64_t>({1LL << 40})), ElementsAre(std::ldexp(1, 40)));
  EXPECT_THAT(*ToDoubles(TensorOf<uint8_t>({255})), ElementsAre(255));
  EXPECT_THAT(*ToDoubles(TensorOfBits(v1::DATA_TYPE_BFLOAT16, {0x3FC0, 0xC000})),
              ElementsAre(1.5, -2));
}

TEST(ToDoubles, WidensEveryKindOfHalf) {
  // One, largest, smallest normal, smallest, minus zero, infinity.
  const auto values =
      ToDoubles(TensorOfBits(v1::DATA_TYPE_FLOAT16, {0x3C00, 0x7BFF, 0x0400, 1, 0x8000, 0x7C00}));
  EXPECT_THAT(*values, ElementsAre(1, 65504, std::ldexp(1, -14), std::ldexp(1, -24), 0,
                                   std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::signbit((*values)[4]));
  EXPECT_TRUE(std::isnan((*ToDoubles(TensorOfBits(v1::DATA_TYPE_FLOAT16, {0x7E00})))[0]));
}

TEST(ToDoubles, TakesValues) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  tensor.add_shape(2);
  tensor.mutable_values()->add_values(1);
  tensor.mutable_values()->add_values(2);
  EXPECT_THAT(*ToDoubles(tensor), ElementsAre(1, 2));
}

TEST(ToDoubles, RejectsContentsThatDoNotFit) {
  v1::Tensor tensor;
  EXPECT_FALSE(ToDoubles(tensor).ok());
  tensor = TensorOf<float>({1, 2});
  tensor.set_shape(0, 3);
  EXPECT_FALSE(ToDoubles(tensor).ok());
  tensor.set_shape(0, -2);
  EXPECT_FALSE(ToDoubles(tensor).ok());
}

}  // namespace
}  // namespace detloss::client
