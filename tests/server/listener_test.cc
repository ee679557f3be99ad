// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "server/address.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

Descriptor Connect(const std::string& address) {
  Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<uint16_t>(SplitHostPort(address).port));
  EXPECT_EQ(connect(client.number(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  return client;
}

// Waits for the other side to close, for a long time if need be.
bool IsClosed(const Descriptor& client) {
  const timeval limit = {.tv_sec = 30, .tv_usec = 0};
  setsockopt(client.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char byte = 0;
  const ssize_t size = recv(client.number(), &byte, 1, 0);
  return size == 0 || (size < 0 && errno == ECONNRESET);
}

bool Becomes(const std::atomic<int>& count, int expected) {
  for (int i = 0; i < 3000 && count != expected; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return count == expected;
}

class ListenerTest : public ::testing::Test {
 protected:
  void Start(Listener& listener) {
    ASSERT_TRUE(listener.Listen("127.0.0.1:0").ok());
    listener.Start([this](int descriptor, bool /*is_unix*/) {
      taken_.emplace_back(descriptor);
      ++count_;
    });
  }

  std::atomic<int> count_ = 0;
  std::vector<Descriptor> taken_;  // by the thread of the listener, until it has stopped
};

TEST_F(ListenerTest, AcceptsUntilItStops) {
  Listener listener(10);
  Start(listener);
  const std::string address = listener.addresses().front();
  EXPECT_GT(SplitHostPort(address).port, 0);
  const Descriptor first = Connect(address);
  const Descriptor second = Connect(address);
  EXPECT_TRUE(Becomes(count_, 2));
  listener.Stop();
  Descriptor late(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<uint16_t>(SplitHostPort(address).port));
  EXPECT_NE(connect(late.number(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
}

TEST_F(ListenerTest, ClosesWhatIsTooMuchAndForgetsWhatIsClosed) {
  Listener listener(2);
  Start(listener);
  const std::string address = listener.addresses().front();
  const Descriptor first = Connect(address);
  const Descriptor second = Connect(address);
  ASSERT_TRUE(Becomes(count_, 2));
  EXPECT_TRUE(IsClosed(Connect(address)));
  EXPECT_EQ(listener.refused_count(), 1);
  EXPECT_EQ(listener.open_count(), 2u);
  taken_.pop_back();  // as gRPC closes it
  const Descriptor third = Connect(address);
  EXPECT_TRUE(Becomes(count_, 3));
  EXPECT_EQ(listener.refused_count(), 1);
  listener.Stop();
}

TEST_F(ListenerTest, CutsOffThoseThatAreConnected) {
  Listener listener(10);
  Start(listener);
  const Descriptor first = Connect(listener.addresses().front());
  const Descriptor second = Connect(listener.addresses().front());
  ASSERT_TRUE(Becomes(count_, 2));
  listener.Stop();
  taken_.pop_back();  // as gRPC closes it
  listener.CutOff();
  EXPECT_TRUE(IsClosed(first));
  EXPECT_TRUE(IsClosed(second));
}

// The system has no descriptor for a while; whoever waits is accepted afterwards.
TEST_F(ListenerTest, SurvivesALackOfDescriptors) {
  Listener listener(100);
  Start(listener);
  const std::string address = listener.addresses().front();
  std::vector<Descriptor> clients;
  clients.push_back(Connect(address));
  ASSERT_TRUE(Becomes(count_, 1));
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  clients.emplace_back(socket(AF_INET, SOCK_STREAM, 0));
  rlimit none = before;
  none.rlim_cur = 3;  // of which none is free
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<uint16_t>(SplitHostPort(address).port));
  EXPECT_EQ(connect(clients.back().number(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(count_, 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(Becomes(count_, 2));
  listener.Stop();
}

TEST(Listener, SaysWhyItCannotListen) {
  Listener first(10);
  ASSERT_TRUE(first.Listen("127.0.0.1:0").ok());
  Listener second(10);
  const absl::Status taken = second.Listen(first.addresses().front());
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("Address already in use"));
  EXPECT_THAT(std::string(second.Listen("unix:/nowhere/socket").message()),
              HasSubstr("No such file"));
  EXPECT_EQ(second.Listen("192.0.2.1:1").code(), absl::StatusCode::kUnavailable);
}

TEST(Listener, ReplacesASocketThatNobodyListensOn) {
  const std::string path = testing::TempDir() + "/listener_test.sock";
  {
    Listener listener(10);
    ASSERT_TRUE(listener.Listen("unix:" + path).ok());
    Listener second(10);
    EXPECT_THAT(std::string(second.Listen("unix:" + path).message()),
                HasSubstr("another process listens"));
    EXPECT_EQ(access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  // A server that was killed leaves it behind.
  const Descriptor left(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(bind(left.number(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  Listener listener(10);
  EXPECT_TRUE(listener.Listen("unix:" + path).ok());
}

}  // namespace
}  // namespace detloss
