// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The API is documented in full, and stays compatible with what api.txt says of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/api_text.h"

namespace detloss {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ApiTest, EveryElementHasAComment) {
  const std::vector<ApiElement> api = ReadApi();
  ASSERT_GT(api.size(), 100u);
  for (const ApiElement& element : api) {
    EXPECT_NE(element.comment.find_first_not_of(" \n"), std::string::npos)
        << element.name << " has no comment above it";
  }
}

TEST(ApiTest, IsCompatibleWithItsDescription) {
  const ApiChanges changes = Compare(ParseText(ReadFile(DETLOSS_API_TEXT)), ReadApi());
  EXPECT_THAT(changes.incompatible, IsEmpty()) << "these changes break clients: undo them";
}

TEST(ApiTest, IsDescribedInFull) {
  const std::vector<ApiElement> api = ReadApi();
  const std::string text = ReadFile(DETLOSS_API_TEXT);
  EXPECT_THAT(Compare(ParseText(text), api).added, IsEmpty())
      << "additions are compatible; run bin/proto_api of the build to describe them";
  EXPECT_EQ(ToText(ParseText(text)), text) << "edited by hand? run bin/proto_api of the build";
}

TEST(CompareTest, NamesWhatWasRemovedChangedAndAdded) {
  const std::vector<ApiElement> before = {{"field A.x", "1, int64, json x", ""},
                                          {"field A.y", "2, double, json y", ""}};
  const std::vector<ApiElement> after = {{"field A.y", "2, float, json y", ""},
                                         {"field A.z", "1, int64, json z", ""}};
  const ApiChanges changes = Compare(before, after);
  EXPECT_THAT(changes.incompatible,
              ElementsAre("field A.x (1, int64, json x) was removed or renamed",
                          "field A.y was (2, double, json y) and is (2, float, json y)"));
  EXPECT_THAT(changes.added, ElementsAre("field A.z"));
}

TEST(ApiTextTest, TellsPresenceOneofsAndStreams) {
  const std::string text = ToText(ReadApi());
  EXPECT_THAT(text, HasSubstr("field detloss.v1.LossTerm.scale: 7, optional double, json scale\n"));
  EXPECT_THAT(text, HasSubstr("field detloss.v1.Tensor.shape: 2, repeated int64, json shape\n"));
  EXPECT_THAT(text,
              HasSubstr("field detloss.v1.Tensor.data: 3, bytes, json data, oneof contents\n"));
  EXPECT_THAT(text, HasSubstr("rpc detloss.v1.LossService.StreamComputeLoss: stream "
                              "detloss.v1.StreamComputeLossRequest -> stream "
                              "detloss.v1.StreamComputeLossResponse, NO_SIDE_EFFECTS\n"));
}

}  // namespace
}  // namespace detloss
