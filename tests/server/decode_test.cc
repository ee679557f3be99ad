// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "server/decode_tensor.h"
#include "tests/server/requests.h"

namespace detloss {
namespace {

using ::testing::ElementsAre;

template <class T>
std::vector<T> Read(const TensorView& tensor) {
  std::vector<T> elements(tensor.bytes.size() / sizeof(T));
  std::vector<std::byte> scratch(tensor.bytes.size());
  std::memcpy(elements.data(), tensor.bytes.Read(0, tensor.bytes.size(), scratch.data()),
              tensor.bytes.size());
  return elements;
}

const std::function<bool()> kNever;
const Cancellation kStays(kNever);

// Decodes one tensor and keeps what was made for it.
struct Decoded {
  explicit Decoded(const v1::Tensor& tensor, const Payload& payload = {})
      : right(DecodeTensor(tensor, payload, 0, "tensor", 8, view, kStays, converted, violations)) {}

  std::vector<std::unique_ptr<std::byte[]>> converted;
  std::vector<Violation> violations;
  TensorView view;
  bool right;
};

// Where the elements of a tensor are that holds them itself.
Payload PayloadOf(const v1::Tensor& tensor) {
  return {{reinterpret_cast<const std::byte*>(tensor.data().data()), tensor.data().size()}};
}

TEST(DecodeTensor, RefersToBytes) {
  const v1::Tensor tensor = Floats({2}, {1, 2});
  const Decoded decoded(tensor, PayloadOf(tensor));
  EXPECT_TRUE(decoded.converted.empty());
  EXPECT_EQ(static_cast<const void*>(decoded.view.bytes.Read(0, 8, nullptr)),
            static_cast<const void*>(tensor.data().data()));
}

TEST(DecodeTensor, TakesNoPayloadForATensorWithoutData) {
  v1::Tensor tensor = Floats({0}, {});
  EXPECT_EQ(Decoded(tensor, PayloadOf(Floats({2}, {1, 2}))).view.bytes.size(), 8u);
  tensor.clear_contents();
  EXPECT_EQ(Decoded(tensor, PayloadOf(Floats({2}, {1, 2}))).view.bytes.size(), 0u);
}

TEST(DecodeTensor, ConvertsValuesToEveryType) {
  const std::vector<double> values = {0, 1, 255};
  EXPECT_THAT(Read<float>(Decoded(Values(v1::DATA_TYPE_FLOAT32, {3}, values)).view),
              ElementsAre(0, 1, 255));
  EXPECT_THAT(Read<double>(Decoded(Values(v1::DATA_TYPE_FLOAT64, {3}, values)).view),
              ElementsAre(0, 1, 255));
  EXPECT_THAT(Read<uint16_t>(Decoded(Values(v1::DATA_TYPE_FLOAT16, {3}, values)).view),
              ElementsAre(0, 0x3C00, 0x5BF8));
  EXPECT_THAT(Read<uint16_t>(Decoded(Values(v1::DATA_TYPE_BFLOAT16, {3}, values)).view),
              ElementsAre(0, 0x3F80, 0x437F));
  EXPECT_THAT(Read<int32_t>(Decoded(Values(v1::DATA_TYPE_INT32, {3}, values)).view),
              ElementsAre(0, 1, 255));
  EXPECT_THAT(Read<int64_t>(Decoded(Values(v1::DATA_TYPE_INT64, {3}, values)).view),
              ElementsAre(0, 1, 255));
  EXPECT_THAT(Read<uint8_t>(Decoded(Values(v1::DATA_TYPE_UINT8, {3}, values)).view),
              ElementsAre(0, 1, 255));
}

TEST(DecodeTensor, RejectsNumbersThatNoIntegerHolds) {
  const std::pair<v1::DataType, double> cases[] = {
      {v1::DATA_TYPE_UINT8, 256},          {v1::DATA_TYPE_UINT8, -1},
      {v1::DATA_TYPE_INT32, 2147483648.0}, {v1::DATA_TYPE_INT32, -2147483649.0},
      {v1::DATA_TYPE_INT64, 0x1p63},       {v1::DATA_TYPE_INT64, 0.5},
      {v1::DATA_TYPE_INT64, std::nan("")}};
  for (const auto& [type, value] : cases) {
    const Decoded decoded(Values(type, {2}, {0, value}));
    ASSERT_EQ(decoded.violations.size(), 1u) << v1::DataType_Name(type) << " " << value;
    EXPECT_EQ(decoded.violations[0].field, "tensor.values.values[1]");
    EXPECT_EQ(decoded.violations[0].reason, Reason::kParameterOutOfRange);
  }
}

TEST(DecodeTensor, TakesTheEndsOfIntegerTypes) {
  EXPECT_THAT(Read<int64_t>(Decoded(Values(v1::DATA_TYPE_INT64, {2}, {-0x1p63, 0x1p53})).view),
              ElementsAre(std::numeric_limits<int64_t>::min(), int64_t{1} << 53));
  EXPECT_THAT(
      Read<int32_t>(Decoded(Values(v1::DATA_TYPE_INT32, {2}, {-2147483648.0, 2147483647.0})).view),
      ElementsAre(std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
}

TEST(Decode, TakesEveryFieldOfATerm) {
  v1::ComputeLossRequest request = GiouRequest();
  v1::LossTerm& term = *request.mutable_terms(0);
  term.set_name("boxes");
  *term.mutable_weight() = Floats({1}, {3});
  term.set_reduction(v1::REDUCTION_SUM);
  term.set_scale(2);
  term.set_gradient(false);
  term.add_segment_offsets(0);
  term.add_segment_offsets(1);
  term.set_statistics(true);
  term.set_easy_threshold(0.25);
  term.set_non_finite(v1::NON_FINITE_POLICY_REJECT);
  std::vector<Violation> violations;
  const DecodedRequest decoded =
      Decode(request, {{.weight = PayloadOf(term.weight())}}, Limits(), kStays, violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_EQ(decoded.terms.at(0).name, "boxes");
  const Problem& problem = decoded.terms.at(0).problem;
  EXPECT_EQ(problem.loss->name, "giou");
  EXPECT_EQ(problem.reduction, Reduction::kSum);
  EXPECT_EQ(problem.scale, 2);
  EXPECT_FALSE(problem.gradient);
  EXPECT_THAT(problem.segment_offsets, ElementsAre(0, 1));
  EXPECT_TRUE(problem.statistics);
  EXPECT_EQ(problem.easy_threshold, 0.25);
  EXPECT_EQ(problem.non_finite, NonFinitePolicy::kReject);
  EXPECT_THAT(Read<float>(*problem.weight), ElementsAre(3));
}

TEST(Decode, UsesDefaultsForWhatIsAbsent) {
  std::vector<Violation> violations;
  const DecodedRequest decoded = Decode(GiouRequest(), {{}}, Limits(), kStays, violations);
  EXPECT_EQ(decoded.terms.at(0).name, "giou");
  const Problem& problem = decoded.terms.at(0).problem;
  EXPECT_EQ(problem.reduction, Reduction::kMean);
  EXPECT_EQ(problem.non_finite, NonFinitePolicy::kPropagate);
  EXPECT_EQ(problem.scale, 1);
  EXPECT_TRUE(problem.gradient);
  EXPECT_FALSE(problem.normalizer.has_value());
  EXPECT_FALSE(problem.weight.has_value());
}

}  // namespace
}  // namespace detloss
