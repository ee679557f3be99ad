// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Certificates for tests, made when they are needed: they never expire in a repository.

#ifndef DETLOSS_TESTS_COMMON_CERTIFICATES_H_
#define DETLOSS_TESTS_COMMON_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace detloss {

// A certificate and its key, as PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
};

// Signs certificates of keys on the curve P-256.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);

  // Its own, as PEM: what others trust.
  const std::string& certificate() const { return pem_; }

  // For a server at localhost, 127.0.0.1 and ::1 whose subject is `name`. It is valid for `days`
  // from now on; where that is negative, it has expired.
  KeyPair MakeServer(const std::string& name, int days = 1) const;

  // For a client whose subject has the common name `name`; empty: only the alternative name
  // `dns_name`.
  KeyPair MakeClient(const std::string& name, const std::string& dns_name = "") const;

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using Certificate = std::unique_ptr<X509, Free>;
  using Key = std::unique_ptr<EVP_PKEY, Free>;

  static Certificate Make(const std::string& name, EVP_PKEY* key, int days);
  KeyPair Sign(X509* certificate, EVP_PKEY* key) const;

  Key key_;
  Certificate certificate_;
  std::string pem_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_COMMON_CERTIFICATES_H_
