// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/selection.h"

#include <gtest/gtest.h>

#include "tests/client/fake_loss_service.h"
#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SelectLosses, DefaultsToAllBoxLosses) {
  FakeLossService service(ComputeByDefinition);
  DETLOSS_ASSERT_OK_AND_ASSIGN(known, service.MakeClient().ListLosses());
  DETLOSS_ASSERT_OK_AND_ASSIGN(selected, SelectLosses({}, known));
  std::vector<std::string> names;
  for (const SelectedLoss& loss : selected) names.push_back(loss.name);
  EXPECT_THAT(names, ElementsAre("iou", "giou", "diou", "ciou"));
}

TEST(SelectLosses, RejectsWhatItCannotEvaluate) {
  FakeLossService service(ComputeByDefinition);
  DETLOSS_ASSERT_OK_AND_ASSIGN(known, service.MakeClient().ListLosses());
  EXPECT_THAT(SelectLosses({"quiou"}, known),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("known: cross_entropy, ")));
  EXPECT_THAT(SelectLosses({"iou", "iou"}, known),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("iou is given twice")));
  EXPECT_THAT(SelectLosses({"cross_entropy"}, known),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot be evaluated")));
}

}  // namespace
}  // namespace detloss::cli
