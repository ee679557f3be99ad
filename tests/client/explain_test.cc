// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/explain.h"

#include <gtest/gtest.h>

#include "detloss/client/error.h"
#include "tests/client/status_matchers.h"

namespace detloss::client {
namespace {

TEST(Explain, SaysThatNoServerAnswers) {
  EXPECT_THAT(Explain(absl::UnavailableError("failed to connect to all addresses; last error: "
                                             "UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to "
                                             "remote host: Connection refused"),
                      "127.0.0.1:1", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kUnavailable,
                       "no detloss server answers at 127.0.0.1:1: Connection refused"));
  EXPECT_THAT(
      Explain(absl::UnavailableError("Socket closed"), "a:1", absl::Seconds(1)),
      StatusIs(absl::StatusCode::kUnavailable, "no detloss server answers at a:1: Socket closed"));
}

TEST(Explain, SaysThatTheServerIsNotTrusted) {
  EXPECT_THAT(Explain(absl::UnavailableError("failed to connect to all addresses; last error: "
                                             "UNKNOWN: ipv4:127.0.0.1:1: Ssl handshake failed: "
                                             "SSL_ERROR_SSL: error:0A000086:SSL routines::"
                                             "certificate verify failed"),
                      "127.0.0.1:1", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kUnavailable,
                       "the certificate of the server at 127.0.0.1:1 is not to be trusted"));
}

TEST(Explain, SaysHowLongItWaited) {
  EXPECT_THAT(Explain(absl::DeadlineExceededError("Deadline Exceeded"), "a:1", absl::Seconds(1.5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "no answer from a:1 within 1.5s"));
}

TEST(Explain, SaysThatTheServerIsAnother) {
  EXPECT_THAT(Explain(absl::UnimplementedError(""), "a:1", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kUnimplemented,
                       "the server at a:1 is not a detloss server of this version"));
}

TEST(Explain, SaysThatTheRequestIsTooLarge) {
  EXPECT_THAT(Explain(absl::ResourceExhaustedError(
                          "Received message larger than max (6400054 vs. 1000000)"),
                      "a:1", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "the request of 6400054 bytes is larger than the server at a:1 takes, "
                       "1000000 bytes (its flag --request_bytes_max): split it"));
  for (const char* message : {"out of memory", "Received message larger than max (many)"}) {
    const absl::Status status = absl::ResourceExhaustedError(message);
    EXPECT_EQ(Explain(status, "a:1", absl::Seconds(1)), status);
  }
}

TEST(Explain, LeavesWhatTheServerSaidAsItIs) {
  v1::Error error;
  error.set_code(static_cast<int>(absl::StatusCode::kUnavailable));
  error.set_message("shutting down: come back");
  error.set_reason("SHUTTING_DOWN");
  EXPECT_EQ(Explain(ToStatus(error), "a:1", absl::Seconds(1)), ToStatus(error));
  const absl::Status wrong = absl::InvalidArgumentError("x: y");
  EXPECT_EQ(Explain(wrong, "a:1", absl::Seconds(1)), wrong);
}

}  // namespace
}  // namespace detloss::client
