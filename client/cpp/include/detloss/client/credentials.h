// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a client shows and believes: tokens, and certificates.

#ifndef DETLOSS_CLIENT_CREDENTIALS_H_
#define DETLOSS_CLIENT_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"

namespace detloss::client {

// TLS to a server. Everything is PEM.
struct TlsOptions {
  // The authorities of which one must have signed the server's certificate. Empty: those that the
  // system trusts.
  std::string ca = {};
  // The chain and the key that the client shows, to servers that want one; both or neither.
  std::string certificate = {};
  std::string key = {};
};

// The same, read from files; where a path is empty, there is none. Errors of the system, with the
// path. INVALID_ARGUMENT for a certificate without its key, and the reverse.
absl::StatusOr<TlsOptions> ReadTlsOptions(const std::string& ca_path,
                                          const std::string& certificate_path = "",
                                          const std::string& key_path = "");

// The token in a file, without white space around it. Errors of the system, with the path;
// INVALID_ARGUMENT if it is no token.
absl::StatusOr<std::string> ReadToken(const std::string& path);

// Whether `text` can be sent as a token: visible ASCII, at least one and at most 4096.
bool IsToken(const std::string& text);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CREDENTIALS_H_
