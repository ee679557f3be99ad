// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"

namespace detloss {
namespace {

// The message of what is wrong with the options.
template <class Set>
std::string Message(Set set) {
  ServerOptions options;
  set(options);
  return std::string(options.Validate().message());
}

TEST(ServerOptions, DefaultsAreRight) { EXPECT_TRUE(ServerOptions().Validate().ok()); }

TEST(ServerOptions, NameWhatIsWrong) {
  EXPECT_EQ(Message([](auto& o) { o.log_format = "xml"; }),
            "--log_format: must be one of json, text, got xml");
  EXPECT_EQ(Message([](auto& o) { o.log_level = "loud"; }),
            "--log_level: must be one of debug, info, warn, error, got loud");
  EXPECT_EQ(Message([](auto& o) { o.terms_max = 0; }), "--terms_max: must be at least 1, got 0");
  EXPECT_EQ(Message([](auto& o) { o.compute_threads = -1; }),
            "--compute_threads: must be in [0, 1024], got -1");
  EXPECT_EQ(Message([](auto& o) { o.compute_threads = 1025; }),
            "--compute_threads: must be in [0, 1024], got 1025");
  EXPECT_EQ(Message([](auto& o) { o.metrics_log_interval = absl::Nanoseconds(1); }),
            "--metrics_log_interval: must be 0 or in [100ms, 24h], got 1ns");
  EXPECT_EQ(Message([](auto& o) { o.metrics_log_interval = absl::ZeroDuration(); }), "");
  EXPECT_EQ(Message([](auto& o) { o.request_bytes_max = int64_t{1} << 31; }),
            "--request_bytes_max: must be in [1, 2147483646], got 2147483648");
  EXPECT_EQ(Message([](auto& o) { o.drain_timeout = -absl::Seconds(1); }),
            "--drain_timeout: must be in [0, 24h], got -1s");
}

TEST(ServerOptions, TakeAddresses) {
  for (const char* list : {"127.0.0.1:0", "localhost:65535", "[::1]:50051", "127.0.0.2:1, unix:/a",
                           "unix:///run/detloss.sock"}) {
    EXPECT_EQ(Message([&](auto& o) { o.listen = list; }), "") << list;
  }
}

TEST(ServerOptions, NameTheAddressThatIsNone) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", ":80",
                              "127.0.0.1:+80", "127.0.0.1:8o", "::1:80", "ipv4:127.0.0.1:80"}) {
    EXPECT_EQ(Message([&](auto& o) { o.listen = absl::StrCat("127.0.0.1:1,", address); }),
              absl::StrCat("--listen: must be host:port with a port in [0, 65535], or unix:/path, "
                           "got ",
                           address));
  }
  for (const char* list : {"", "127.0.0.1:1,", " , 127.0.0.1:1"}) {
    EXPECT_THAT(Message([&](auto& o) { o.listen = list; }), testing::HasSubstr("got no address"));
  }
  EXPECT_EQ(Message([](auto& o) { o.listen = "unix:"; }),
            "--listen: a path of 1 to 107 bytes is required after unix:, got 0 bytes");
}

TEST(ServerOptions, LetNobodyInUnasked) {
  for (const char* address : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "host.example:1"}) {
    const std::string list = absl::StrCat("127.0.0.1:1,", address);
    EXPECT_EQ(Message([&](auto& o) { o.listen = list; }),
              absl::StrCat("--listen: others can reach ", address,
                           ": --tls_cert and --tls_key, or --auth_token_file, are required, or "
                           "--insecure to serve whoever comes"));
    EXPECT_EQ(Message([&](auto& o) { o.listen = list, o.insecure = true; }), "");
    EXPECT_EQ(Message([&](auto& o) { o.listen = list, o.auth_token_file = "tokens"; }), "");
  }
  EXPECT_EQ(Message([](auto& o) { o.listen = "0.0.0.0:1", o.tls_cert = o.tls_key = "file"; }), "");
}

TEST(ServerOptions, HaveAllOfTlsOrNothing) {
  EXPECT_EQ(Message([](auto& o) { o.tls_cert = "file"; }),
            "--tls_key: is required with --tls_cert");
  EXPECT_EQ(Message([](auto& o) { o.tls_key = "file"; }), "--tls_cert: is required with --tls_key");
  EXPECT_EQ(Message([](auto& o) { o.tls_client_ca = "file"; }),
            "--tls_cert: is required with --tls_client_ca");
  EXPECT_EQ(Message([](auto& o) { o.tls_cert = o.tls_key = o.tls_client_ca = "file"; }), "");
}

TEST(ServerOptions, TellEveryOptionAsText) {
  std::map<std::string, std::string> values;
  for (const OptionText& option : ServerOptions().ToText()) values[option.name] = option.value;
  EXPECT_EQ(values["listen"], "127.0.0.1:50051");
  EXPECT_EQ(values["drain_timeout"], "20s");
  EXPECT_EQ(values["terms_max"], "1024");
  EXPECT_EQ(values["tls_cert"], "");
  EXPECT_EQ(values["open_health"], "true");
}

}  // namespace
}  // namespace detloss
