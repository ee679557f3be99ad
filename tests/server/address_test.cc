// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/address.h"

#include <gtest/gtest.h>

namespace detloss {
namespace {

TEST(Address, StaysOnTheMachine) {
  for (const char* address : {"unix:/run/detloss.sock", "127.0.0.1:1", "127.200.3.4:0", "[::1]:1",
                              "localhost:1", "LocalHost:1"}) {
    EXPECT_TRUE(StaysOnMachine(address)) << address;
  }
}

TEST(Address, IsReachedByOthers) {
  for (const char* address :
       {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "10.0.0.1:127", "127.1:1", "localhost.example:1",
        "host:1", "[::1%lo]:1", "[fe80::1]:1", "unix-abstract:1", "0:1"}) {
    EXPECT_FALSE(StaysOnMachine(address)) << address;
  }
}

TEST(Address, HasParts) {
  EXPECT_EQ(SplitHostPort("127.0.0.1:50051").host, "127.0.0.1");
  EXPECT_EQ(SplitHostPort("127.0.0.1:50051").port, 50051);
  EXPECT_EQ(SplitHostPort("[::1]:7").host, "::1");
  EXPECT_EQ(SplitHostPort("[::1]:7").port, 7);
  EXPECT_EQ(SplitHostPort("localhost:0").host, "localhost");
  EXPECT_EQ(PathOf("unix:///run/detloss.sock"), "/run/detloss.sock");
  EXPECT_EQ(PathOf("unix:detloss.sock"), "detloss.sock");
}

TEST(Address, TellsUnixSockets) {
  EXPECT_TRUE(IsUnixAddress("unix:/run/detloss.sock"));
  EXPECT_FALSE(IsUnixAddress("unix-abstract:1"));
  EXPECT_FALSE(IsUnixAddress("127.0.0.1:1"));
}

}  // namespace
}  // namespace detloss
