// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/small_text.h"

#include <gtest/gtest.h>

#include <string>

namespace detloss {
namespace {

TEST(SmallText, HoldsWhatIsAppended) {
  SmallText text;
  std::string expected;
  EXPECT_TRUE(text.empty());
  for (int i = 0; i < 300; ++i) {
    const std::string part(static_cast<size_t>(i) % 11, static_cast<char>('a' + i % 26));
    text.Append(part);
    expected += part;
    ASSERT_EQ(text.view(), expected);
  }
}

TEST(SmallText, GrowsByMoreThanItHad) {
  SmallText text;
  text.Append("head");
  std::memset(text.Extend(100000), 'x', 100000);
  EXPECT_EQ(text.view(), "head" + std::string(100000, 'x'));
}

TEST(SmallText, CanBeUsedAgain) {
  SmallText text;
  text.Append(std::string(5000, 'x'));
  text.Clear();
  EXPECT_EQ(text.size(), 0u);
  text.Append("short");
  EXPECT_EQ(text.view(), "short");
  text.Free();
  text.Append(std::string(600, 'y'));
  EXPECT_EQ(text.view(), std::string(600, 'y'));
}

TEST(SmallText, ExtendsByNothing) {
  SmallText text;
  text.Extend(0);
  text.Append("");
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace detloss
