// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Files of certificates and keys in a directory of their own, until the end of the scope.

#ifndef DETLOSS_TESTS_SERVER_TLS_FILES_H_
#define DETLOSS_TESTS_SERVER_TLS_FILES_H_

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "server/tls_identity.h"
#include "tests/common/certificates.h"

namespace detloss {

class TlsFiles {
 public:
  TlsFiles() { std::filesystem::create_directories(directory_); }
  ~TlsFiles() { std::filesystem::remove_all(directory_); }
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  std::string Path(const std::string& name) const { return directory_ / name; }

  void Write(const std::string& name, const std::string& contents) const {
    std::ofstream(Path(name), std::ios::binary) << contents;
  }

  void Write(const KeyPair& pair) const {
    Write("cert", pair.certificate);
    Write("key", pair.key);
  }

  TlsPaths Paths() const { return {Path("cert"), Path("key"), ""}; }
  TlsPaths PathsWithClientCa() const { return {Path("cert"), Path("key"), Path("client_ca")}; }

 private:
  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("tls_files." + std::to_string(getpid()));
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_TLS_FILES_H_
