// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/tls_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "server/small_file.h"

namespace detloss {
namespace {

constexpr char kCertificateFlag[] = "tls_cert";
constexpr char kKeyFlag[] = "tls_key";
constexpr char kClientCaFlag[] = "tls_client_ca";

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;

// Up to the first NUL, as gRPC will read it.
Bio Open(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.c_str(), -1)); }

// Instead of asking at the terminal for the password of an encrypted key.
int NoPassword(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

// All certificates of `pem`; none if one of them is wrong.
std::vector<Certificate> Certificates(const std::string& pem) {
  const Bio bio = Open(pem);
  std::vector<Certificate> certificates;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    certificates.emplace_back(next);
  }
  // The end is an error to OpenSSL, too.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) certificates.clear();
  return certificates;
}

Key PrivateKey(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(Open(pem).get(), nullptr, NoPassword, nullptr));
}

absl::Time Expiry(const X509* certificate) {
  std::tm time = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time);
  return absl::FromTM(time, absl::UTCTimeZone());
}

// One that is not valid yet may be by the clocks of clients.
absl::Status CheckTime(const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) >= 0) return absl::OkStatus();
  return FileError(kCertificateFlag, "has expired");
}

// What gRPC will do with them for a handshake: OpenSSL refuses weak keys and hashes, too.
absl::Status CheckUse(const std::vector<Certificate>& chain, EVP_PKEY* key) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  bool taken = SSL_CTX_use_certificate(context.get(), chain.front().get()) == 1;
  for (size_t i = 1; i < chain.size(); ++i) {
    taken = taken && SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1;
  }
  if (!taken) return FileError(kCertificateFlag, "is too weak for TLS");
  if (SSL_CTX_use_PrivateKey(context.get(), key) == 1) return absl::OkStatus();
  return FileError(kKeyFlag, "cannot be used for TLS");
}

absl::Status CheckKey(const std::vector<Certificate>& chain, const std::string& pem) {
  const Key key = PrivateKey(pem);
  if (key == nullptr) {
    return FileError(kKeyFlag, "a private key in PEM without a password is required");
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return FileError(kKeyFlag, "is not the key of the first certificate of --tls_cert");
  }
  return CheckUse(chain, key.get());
}

absl::StatusOr<absl::Time> CheckedExpiry(const TlsIdentity& identity) {
  const std::vector<Certificate> chain = Certificates(identity.certificate);
  if (chain.empty()) return FileError(kCertificateFlag, "certificates in PEM are required");
  absl::Status status = CheckTime(chain.front().get());
  status.Update(CheckKey(chain, identity.key));
  if (!status.ok()) return status;
  return Expiry(chain.front().get());
}

absl::Status CheckClientCa(const std::string& pem) {
  if (!Certificates(pem).empty()) return absl::OkStatus();
  return FileError(kClientCaFlag, "certificates in PEM are required");
}

absl::Status ReadInto(std::string& contents, const char* flag, const std::string& path) {
  absl::StatusOr<std::string> read = ReadSmallFile(flag, path);
  if (!read.ok()) return read.status();
  contents = *std::move(read);
  return absl::OkStatus();
}

absl::StatusOr<CheckedIdentity> Read(const TlsPaths& paths) {
  TlsIdentity identity;
  absl::Status status = ReadInto(identity.certificate, kCertificateFlag, paths.certificate);
  status.Update(ReadInto(identity.key, kKeyFlag, paths.key));
  if (!paths.client_ca.empty()) {
    status.Update(ReadInto(identity.client_ca, kClientCaFlag, paths.client_ca));
    status.Update(CheckClientCa(identity.client_ca));
  }
  if (!status.ok()) return status;
  const absl::StatusOr<absl::Time> expiry = CheckedExpiry(identity);
  if (!expiry.ok()) return expiry.status();
  return CheckedIdentity{std::move(identity), *expiry};
}

}  // namespace

absl::StatusOr<CheckedIdentity> ReadIdentity(const TlsPaths& paths) {
  ERR_clear_error();
  absl::StatusOr<CheckedIdentity> identity = Read(paths);
  // What is left in the queue of this thread would be taken for an error of its next handshake.
  ERR_clear_error();
  return identity;
}

}  // namespace detloss
