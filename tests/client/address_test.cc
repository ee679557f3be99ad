// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace detloss::client {
namespace {

using testing::ElementsAre;

TEST(SplitAddress, LeavesOneAddressAsItIs) {
  for (const char* address : {"127.0.0.1:1", "unix:/a/b.sock", "dns:///host:1", "[::1]:1", ""}) {
    EXPECT_THAT(SplitAddress(address), ElementsAre(address));
  }
}

TEST(SplitAddress, TakesAnyKindsTogether) {
  EXPECT_THAT(SplitAddress("127.0.0.1:1, host:2,unix:/a,"),
              ElementsAre("127.0.0.1:1", "host:2", "unix:/a"));
}

TEST(SplitAddress, GivesTheSchemeOfTheFirstToThoseWithout) {
  EXPECT_THAT(SplitAddress("ipv4:10.0.0.1:1,10.0.0.2:2"),
              ElementsAre("ipv4:10.0.0.1:1", "ipv4:10.0.0.2:2"));
  EXPECT_THAT(SplitAddress("ipv6:[::1]:1,[::2]:2"), ElementsAre("ipv6:[::1]:1", "ipv6:[::2]:2"));
  EXPECT_THAT(SplitAddress("unix:/a,/b,ipv4:1.2.3.4:5"),
              ElementsAre("unix:/a", "unix:/b", "ipv4:1.2.3.4:5"));
}

TEST(MayBeSeveral, IsTrueOfNamesOnly) {
  for (const char* server : {"localhost:1", "a.example.org:1", "dns:///host:1", "10.example:1"}) {
    EXPECT_TRUE(MayBeSeveral(server)) << server;
  }
  for (const char* server :
       {"127.0.0.1:1", "[::1]:1", "unix:/a", "unix-abstract:a", "ipv4:1.2.3.4:5", "ipv6:[::1]:1"}) {
    EXPECT_FALSE(MayBeSeveral(server)) << server;
  }
}

}  // namespace
}  // namespace detloss::client
