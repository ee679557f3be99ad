// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/common/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>

namespace detloss {
namespace {

constexpr int64_t kSecondsOfDay = 24 * 60 * 60;

// What `write` writes into a stream of memory.
template <class Write>
std::string Pem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string CertificatePem(X509* certificate) {
  return Pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

std::string KeyPem(EVP_PKEY* key) {
  return Pem(
      [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void SetSubject(X509* certificate, const std::string& name) {
  if (name.empty()) return;
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name)
    : key_(EVP_EC_gen("P-256")), certificate_(Make(name, key_.get(), 1)) {
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  pem_ = Sign(certificate_.get(), key_.get()).certificate;
}

KeyPair CertificateAuthority::MakeServer(const std::string& name, int days) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = Make(name, key.get(), days);
  AddExtension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  AddExtension(certificate.get(), NID_ext_key_usage, "serverAuth");
  return Sign(certificate.get(), key.get());
}

KeyPair CertificateAuthority::MakeClient(const std::string& name,
                                         const std::string& dns_name) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = Make(name, key.get(), 1);
  if (!dns_name.empty()) AddExtension(certificate.get(), NID_subject_alt_name, "DNS:" + dns_name);
  AddExtension(certificate.get(), NID_ext_key_usage, "clientAuth");
  return Sign(certificate.get(), key.get());
}

CertificateAuthority::Certificate CertificateAuthority::Make(const std::string& name, EVP_PKEY* key,
                                                             int days) {
  static std::atomic<int64_t> serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), serial++);
  // A clock that is set back a little does no harm.
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7 * kSecondsOfDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kSecondsOfDay);
  SetSubject(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

KeyPair CertificateAuthority::Sign(X509* certificate, EVP_PKEY* key) const {
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get()));
  X509_sign(certificate, key_.get(), EVP_sha256());
  return {CertificatePem(certificate), KeyPem(key)};
}

}  // namespace detloss
