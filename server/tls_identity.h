// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_TLS_IDENTITY_H_
#define DETLOSS_SERVER_TLS_IDENTITY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace detloss {

// What a server shows to its clients, and whose certificates it believes, as PEM.
struct TlsIdentity {
  std::string certificate;  // the chain, the server's own first
  std::string key;
  std::string client_ca;  // empty: clients need no certificate
  bool operator==(const TlsIdentity&) const = default;
};

// Where they are.
struct TlsPaths {
  std::string certificate;
  std::string key;
  std::string client_ca;  // empty: clients need no certificate
};

// An identity with which handshakes succeed.
struct CheckedIdentity {
  TlsIdentity identity;
  absl::Time expiry;  // of the certificate
};

// Reads an identity, which is one only if all is there that a handshake needs: the key is that of
// the certificate, which has not expired, and OpenSSL takes them. Errors name the flag, no path and
// no contents.
absl::StatusOr<CheckedIdentity> ReadIdentity(const TlsPaths& paths);

}  // namespace detloss

#endif  // DETLOSS_SERVER_TLS_IDENTITY_H_
