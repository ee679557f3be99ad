// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/parameters.h"

#include <gtest/gtest.h>

#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename Loss>
const Loss& As(const LossMessage& message) {
  return dynamic_cast<const Loss&>(*message);
}

TEST(Parameters, SetsEveryKind) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      cross_entropy, MakeLoss("cross_entropy", {"label_smoothing=0.1", "ignore_index=-100",
                                                "class_weights=1,2.5,0"}));
  EXPECT_EQ(As<v1::CrossEntropyLoss>(cross_entropy).label_smoothing(), 0.1);
  EXPECT_EQ(As<v1::CrossEntropyLoss>(cross_entropy).ignore_index(), -100);
  EXPECT_THAT(As<v1::CrossEntropyLoss>(cross_entropy).class_weights(), ElementsAre(1, 2.5, 0));
  DETLOSS_ASSERT_OK_AND_ASSIGN(giou, MakeLoss("giou", {"format=xywh", "convention=TORCHVISION"}));
  EXPECT_EQ(As<v1::GiouLoss>(giou).format(), v1::BOX_FORMAT_XYWH);
  EXPECT_EQ(As<v1::GiouLoss>(giou).convention(), v1::CONVENTION_TORCHVISION);
}

TEST(Parameters, LeavesOthersAbsent) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(focal, MakeLoss("sigmoid_focal", {"gamma=0"}));
  EXPECT_TRUE(As<v1::SigmoidFocalLoss>(focal).has_gamma());
  EXPECT_FALSE(As<v1::SigmoidFocalLoss>(focal).has_alpha());
}

TEST(Parameters, KnowsEveryLossOfTheApi) {
  const auto& losses = *v1::LossTerm::descriptor()->FindOneofByName("loss");
  for (int i = 0; i < losses.field_count(); ++i) {
    EXPECT_THAT(NewLoss(losses.field(i)->name()), IsOk());
  }
}

TEST(Parameters, ListsTheLossesWhenOneIsUnknown) {
  // `scale` is a field of the term but not a loss.
  for (const std::string name : {"quiou", "scale", "prediction", ""}) {
    EXPECT_THAT(NewLoss(name),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("no loss " + name), HasSubstr("sigmoid_focal"))));
  }
}

TEST(Parameters, RejectsWrongAssignments) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"giou", "eps=1", "giou.eps: there is no such parameter; known: format, convention"},
      {"l1", "beta=1", "l1.beta: there is no such parameter; it has none"},
      {"giou", "format=abc", "one of xyxy, xywh, cxcywh is required, got abc"},
      {"giou", "format=unspecified", "got unspecified"},
      {"smooth_l1", "beta=x", "smooth_l1.beta: a number is required, got x"},
      {"smooth_l1", "beta", "smooth_l1.beta: name=value is required"},
      {"cross_entropy", "ignore_index=1.5", "an integer is required, got 1.5"},
      {"cross_entropy", "class_weights=1,,2", "a list of numbers is required, got 1,,2"},
  };
  for (const auto& [loss, assignment, message] : cases) {
    EXPECT_THAT(MakeLoss(loss, {assignment}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(Parameters, RejectsAParameterGivenTwice) {
  EXPECT_THAT(MakeLoss("smooth_l1", {"beta=1", "beta=2"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("twice")));
}

TEST(Parameters, ListsChoicesAsTyped) {
  EXPECT_THAT(ChoicesOf(*v1::Reduction_descriptor()), ElementsAre("none", "mean", "sum"));
  EXPECT_THAT(ChoicesOf(*v1::IouMode_descriptor()), ElementsAre("linear", "log", "squared"));
}

}  // namespace
}  // namespace detloss::cli
