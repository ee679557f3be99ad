// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_TLS_H_
#define DETLOSS_SERVER_TLS_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/tls_identity.h"

namespace detloss {

// The TLS of a server, of version 1.2 or 1.3, whose certificates can be replaced while it runs: new
// handshakes see the new ones, connections that are open go on. Clients must have a certificate
// that --tls_client_ca signed, if there is one. Thread-safe.
class Tls {
 public:
  // Errors name the flag of the file that is wrong.
  static absl::StatusOr<std::unique_ptr<Tls>> Create(TlsPaths paths);

  // Reads the files again. True if their contents are others than before, and from now on used;
  // an error leaves all as it was. Never takes a key and a certificate that do not belong together.
  absl::StatusOr<bool> Reload();

  // For any number of ports, each of one address: gRPC would replace the certificate of one address
  // under the hands of another. This must outlive every server that has them.
  std::shared_ptr<grpc::ServerCredentials> Credentials();

  // Until when the certificate is valid.
  absl::Time expiry() const;

 private:
  class PortCredentials;
  // A listening port: gRPC asks for the identity before each handshake.
  struct Port {
    Tls* tls;
    int64_t given = 0;  // the version that gRPC has; of gRPC's lock
  };

  Tls(TlsPaths paths, TlsIdentity identity, absl::Time expiry);
  grpc_ssl_client_certificate_request_type ClientCertificates() const;
  Port& AddPort();
  static grpc_ssl_certificate_config_reload_status Give(
      void* port, grpc_ssl_server_certificate_config** config);

  const TlsPaths paths_;
  mutable std::mutex mutex_;
  TlsIdentity identity_;    // guarded by mutex_
  absl::Time expiry_;       // guarded by mutex_
  int64_t version_ = 1;     // guarded by mutex_
  std::deque<Port> ports_;  // guarded by mutex_; where they are they stay
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TLS_H_
