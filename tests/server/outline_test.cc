// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/outline.h"

#include <gtest/gtest.h>

#include "detloss/registry.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/cost_model.h"
#include "tests/server/requests.h"

namespace detloss {
namespace {

grpc::ByteBuffer BytesOf(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

v1::Tensor Data(v1::DataType type, int64_t elements, int64_t width) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.add_shape(elements);
  tensor.set_data(std::string(static_cast<size_t>(elements * width), '\0'));
  return tensor;
}

TEST(Outline, KnowsWhatTermsAreAbout) {
  v1::ComputeLossRequest request;
  v1::LossTerm& focal = *request.add_terms();
  focal.mutable_sigmoid_focal()->set_gamma(3);
  *focal.mutable_prediction() = Data(v1::DATA_TYPE_FLOAT16, 1000, 2);
  *focal.mutable_target() = Data(v1::DATA_TYPE_UINT8, 1000, 1);
  focal.set_gradient(false);
  focal.set_statistics(true);
  v1::LossTerm& giou = *request.add_terms();
  giou.mutable_giou();
  *giou.mutable_prediction() = Values(v1::DATA_TYPE_FLOAT64, {1, 4}, {0, 0, 1, 1});
  *giou.mutable_target() = Values(v1::DATA_TYPE_FLOAT64, {1, 4}, {0, 0, 1, 1});
  giou.set_reduction(v1::REDUCTION_NONE);
  request.set_response_encoding(v1::TENSOR_ENCODING_VALUES);

  const RequestOutline outline = OutlineRequest(BytesOf(request), 10);
  ASSERT_EQ(outline.terms.size(), 2u);
  EXPECT_TRUE(outline.as_values);
  EXPECT_EQ(outline.terms[0].loss, IndexOf(*FindLoss("sigmoid_focal")));
  EXPECT_EQ(outline.terms[0].elements, 1000);
  EXPECT_EQ(outline.terms[0].width, 2);
  EXPECT_EQ(outline.terms[0].values, 0);
  EXPECT_FALSE(outline.terms[0].gradient);
  EXPECT_TRUE(outline.terms[0].statistics);
  EXPECT_FALSE(outline.terms[0].unreduced);
  EXPECT_EQ(outline.terms[1].loss, IndexOf(*FindLoss("giou")));
  EXPECT_EQ(outline.terms[1].elements, 4);
  EXPECT_EQ(outline.terms[1].width, 8);
  EXPECT_GE(outline.terms[1].values, 64);
  EXPECT_TRUE(outline.terms[1].gradient);
  EXPECT_TRUE(outline.terms[1].unreduced);

  v1::StreamComputeLossRequest item;
  item.set_id(7);
  *item.mutable_request() = request;
  const RequestOutline of_item = OutlineItem(BytesOf(item), 10);
  ASSERT_EQ(of_item.terms.size(), 2u);
  EXPECT_EQ(of_item.terms[0].elements, 1000);
}

TEST(Outline, StopsWhereBytesAreNoMessage) {
  v1::ComputeLossRequest request;
  for (int i = 0; i < 3; ++i) {
    v1::LossTerm& term = *request.add_terms();
    term.mutable_l1();
    *term.mutable_prediction() = Data(v1::DATA_TYPE_FLOAT32, 10, 4);
  }
  EXPECT_EQ(OutlineRequest(BytesOf(request), 2).terms.size(), 2u);
  const std::string bytes = request.SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const grpc::Slice slice(bytes.substr(0, size));
    EXPECT_LE(OutlineRequest(grpc::ByteBuffer(&slice, 1), 10).terms.size(), 3u);
  }
  EXPECT_TRUE(OutlineRequest(grpc::ByteBuffer(), 10).terms.empty());
}

TEST(Outline, SaysWhatARequestHoldsBesidesItself) {
  RequestOutline outline;
  outline.terms.push_back({.elements = 1000, .width = 4, .gradient = true});
  EXPECT_EQ(ExtraBytes(outline), 4000);
  outline.terms[0].gradient = false;
  EXPECT_EQ(ExtraBytes(outline), 0);
  outline.terms[0].unreduced = true;
  outline.terms[0].values = 16000;
  EXPECT_EQ(ExtraBytes(outline), 4000 + 32000);
  outline.as_values = true;
  EXPECT_EQ(ExtraBytes(outline), 4000 + 32000 + 16000);
}

TEST(CostModel, MeasuresEveryLoss) {
  const CostModel costs = CostModel::Measure();
  for (const LossInfo& loss : AllLosses()) {
    RequestOutline outline;
    outline.terms.push_back({.loss = IndexOf(loss), .elements = 0, .width = 4});
    const absl::Duration empty = costs.WorkOf(outline);
    outline.terms[0].elements = 1000000;
    const absl::Duration floats = costs.WorkOf(outline) - empty;
    EXPECT_GT(floats, absl::Microseconds(10)) << loss.name;
    outline.terms[0].width = 8;
    const absl::Duration doubles = costs.WorkOf(outline) - empty;
    EXPECT_NEAR(absl::FDivDuration(doubles, floats), 2, 0.001) << loss.name;
    outline.terms.push_back(outline.terms.front());
    const absl::Duration both = costs.WorkOf(outline);
    EXPECT_NEAR(absl::FDivDuration(both, doubles + empty), 2, 0.001) << loss.name;
  }
}

TEST(CostModel, CountsTermsHoweverSmall) {
  RequestOutline outline;
  outline.terms.push_back({.loss = AllLosses().size(), .elements = 1000000, .width = 4});
  const CostModel costs = CostModel::Measure();
  const absl::Duration work = costs.WorkOf(outline);
  EXPECT_GT(work, absl::Nanoseconds(100));
  outline.terms.resize(1000, outline.terms.front());
  EXPECT_NEAR(absl::FDivDuration(costs.WorkOf(outline), work), 1000, 50);
}

}  // namespace
}  // namespace detloss
