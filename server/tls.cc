// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/tls.h"

#include <grpc/grpc.h>

#include <utility>

namespace detloss {
namespace {

grpc_ssl_server_certificate_config* ConfigOf(const TlsIdentity& identity) {
  const grpc_ssl_pem_key_cert_pair pair = {identity.key.c_str(), identity.certificate.c_str()};
  // gRPC insists on some, also where clients are not asked for a certificate and none is used.
  const std::string& roots = identity.client_ca.empty() ? identity.certificate : identity.client_ca;
  return grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
}

}  // namespace

// Of gRPC's C++ interface only credentials that never change are made, or such that read the files
// themselves, whatever is in them.
class Tls::PortCredentials final : public grpc::ServerCredentials {
 public:
  explicit PortCredentials(Tls* tls) : tls_(tls) {}

  // Every port asks on its own what is new.
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    grpc_ssl_server_credentials_options* options =
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            tls_->ClientCertificates(), &Tls::Give, &tls_->AddPort());
    // Takes the options.
    grpc_server_credentials* credentials = grpc_ssl_server_credentials_create_with_options(options);
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  Tls* const tls_;
};

Tls::Tls(TlsPaths paths, TlsIdentity identity, absl::Time expiry)
    : paths_(std::move(paths)), identity_(std::move(identity)), expiry_(expiry) {}

absl::StatusOr<std::unique_ptr<Tls>> Tls::Create(TlsPaths paths) {
  absl::StatusOr<CheckedIdentity> read = ReadIdentity(paths);
  if (!read.ok()) return read.status();
  return std::unique_ptr<Tls>(new Tls(std::move(paths), std::move(read->identity), read->expiry));
}

absl::StatusOr<bool> Tls::Reload() {
  absl::StatusOr<CheckedIdentity> read = ReadIdentity(paths_);
  if (!read.ok()) return read.status();
  const std::lock_guard lock(mutex_);
  if (read->identity == identity_) return false;
  identity_ = std::move(read->identity);
  expiry_ = read->expiry;
  ++version_;
  return true;
}

std::shared_ptr<grpc::ServerCredentials> Tls::Credentials() {
  return std::make_shared<PortCredentials>(this);
}

absl::Time Tls::expiry() const {
  const std::lock_guard lock(mutex_);
  return expiry_;
}

grpc_ssl_client_certificate_request_type Tls::ClientCertificates() const {
  return paths_.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                  : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
}

Tls::Port& Tls::AddPort() {
  const std::lock_guard lock(mutex_);
  return ports_.emplace_back(Port{this});
}

grpc_ssl_certificate_config_reload_status Tls::Give(void* port,
                                                    grpc_ssl_server_certificate_config** config) {
  Port& asking = *static_cast<Port*>(port);
  const std::lock_guard lock(asking.tls->mutex_);
  if (asking.given == asking.tls->version_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  asking.given = asking.tls->version_;
  *config = ConfigOf(asking.tls->identity_);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace detloss
