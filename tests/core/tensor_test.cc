// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace detloss {
namespace {

TEST(ElementCount, RejectsWhatDoesNotFit) {
  EXPECT_EQ(ElementCount({}), 1);
  EXPECT_EQ(ElementCount({2, 3}), 6);
  EXPECT_EQ(ElementCount({-1, 3}), std::nullopt);
  EXPECT_EQ(ElementCount({int64_t{1} << 62, 4}), std::nullopt);
  EXPECT_EQ(ElementCount({int64_t{1} << 62, 4, 0}), 0);
}

TEST(Bytes, ReadsInPlaceWithinAFragmentAndCopiesAcross) {
  const char text[] = "abcdefghij";
  const auto* data = reinterpret_cast<const std::byte*>(text);
  const Bytes::Fragment fragments[] = {{data, 3}, {data + 3, 0}, {data + 3, 4}, {data + 7, 3}};
  const Bytes bytes{absl::MakeConstSpan(fragments)};
  ASSERT_EQ(bytes.size(), 10u);
  std::byte scratch[10];
  for (size_t offset = 0; offset < 10; ++offset) {
    for (size_t size = 1; offset + size <= 10; ++size) {
      const std::byte* read = bytes.Read(offset, size, scratch);
      EXPECT_EQ(std::memcmp(read, text + offset, size), 0) << offset << " " << size;
    }
  }
  EXPECT_EQ(bytes.Read(3, 4, scratch), data + 3);
  EXPECT_EQ(bytes.Read(2, 4, scratch), scratch);
}

}  // namespace
}  // namespace detloss
