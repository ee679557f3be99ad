// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The code, the reason and the field that the sender of a wrong request hears of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/compute.h"
#include "server/status.h"
#include "server/wire.h"
#include "tests/server/requests.h"
#include "tests/server/wrong_requests.h"

namespace detloss {
namespace {

class WrongRequestTest : public ::testing::TestWithParam<WrongRequest> {};

TEST_P(WrongRequestTest, IsExplained) {
  RequestRecord record;
  const Reply reply = ComputeLossBytes(
      Environment(), SerializeMessage(GetParam().Make())->buffer(), [] { return false; }, record);
  const absl::Status& status = reply.status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_EQ(ReasonOf(status), GetParam().reason);
  EXPECT_EQ(FieldsOf(status).substr(0, FieldsOf(status).find(',')), GetParam().field);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(GetParam().field));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(All, WrongRequestTest,
                         ::testing::ValuesIn(WrongRequests().begin(), WrongRequests().end()),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

std::string FieldsOfAnswer(const v1::ComputeLossRequest& request) {
  RequestRecord record;
  const Reply reply = ComputeLossBytes(
      Environment(), SerializeMessage(request)->buffer(), [] { return false; }, record);
  return FieldsOf(reply.status());
}

TEST(WrongRequest, HearsOfEveryFieldAtOnce) {
  v1::ComputeLossRequest request = GiouRequest();
  *request.add_terms() = request.terms(0);
  request.mutable_terms(0)->clear_target();
  request.mutable_terms(0)->set_reduction(static_cast<v1::Reduction>(9));
  request.mutable_terms(0)->mutable_smooth_l1()->set_beta(-1);
  request.mutable_terms(1)->set_scale(NAN);
  request.mutable_terms(1)->set_normalizer(-1);
  RequestRecord record;
  const Reply reply = ComputeLossBytes(
      Environment(), SerializeMessage(request)->buffer(), [] { return false; }, record);
  EXPECT_EQ(FieldsOf(reply.status()),
            "terms[0].target,terms[0].reduction,terms[0].smooth_l1.beta,terms[1].scale,"
            "terms[1].normalizer");
  EXPECT_THAT(std::string(reply.status().message()), ::testing::HasSubstr("(and 4 more)"));
}

// What the decoder finds wrong with one field hides nothing that the planner finds elsewhere.
TEST(WrongRequest, HearsOfTensorsBesideAWrongOne) {
  v1::ComputeLossRequest request = GiouRequest();
  v1::LossTerm& term = *request.mutable_terms(0);
  term.mutable_giou()->set_format(static_cast<v1::BoxFormat>(12));
  *term.mutable_target() = Values(v1::DATA_TYPE_FLOAT32, {4}, {1, 2, 3, 4});
  *term.mutable_weight() = Values(v1::DATA_TYPE_FLOAT32, {2}, {1, 2});
  term.add_segment_offsets(1);
  EXPECT_EQ(FieldsOfAnswer(request),
            "terms[0].giou.format,terms[0].target.shape,terms[0].weight.shape,"
            "terms[0].segment_offsets");
  term.mutable_target()->clear_data_type();
  EXPECT_EQ(FieldsOfAnswer(request),
            "terms[0].giou.format,terms[0].target.data_type,terms[0].weight.shape,"
            "terms[0].segment_offsets");
  term.clear_prediction();
  EXPECT_EQ(FieldsOfAnswer(request),
            "terms[0].giou.format,terms[0].prediction,terms[0].target.data_type,"
            "terms[0].segment_offsets");
  term.clear_loss();
  EXPECT_EQ(FieldsOfAnswer(request),
            "terms[0].prediction,terms[0].target.data_type,terms[0].loss,"
            "terms[0].segment_offsets");
}

}  // namespace
}  // namespace detloss
