// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "detloss/client/credentials.h"

namespace detloss::client {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr size_t kTokenBytesMax = 4096;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  std::string contents(kFileBytesMax + 1, '\0');
  contents.resize(std::fread(contents.data(), 1, contents.size(), file.get()));
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, path);
  if (contents.size() <= kFileBytesMax) return contents;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": at most ", kFileBytesMax, " bytes are allowed"));
}

// Reads what is wanted, and must not be empty.
absl::Status ReadPem(const std::string& path, std::string& pem) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> contents = ReadFile(path);
  if (!contents.ok()) return contents.status();
  pem = *std::move(contents);
  if (absl::StrContains(pem, "-----BEGIN ")) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ": PEM is required"));
}

}  // namespace

absl::StatusOr<TlsOptions> ReadTlsOptions(const std::string& ca_path,
                                          const std::string& certificate_path,
                                          const std::string& key_path) {
  if (certificate_path.empty() != key_path.empty()) {
    return absl::InvalidArgumentError("a certificate of the client and its key need each other");
  }
  TlsOptions tls;
  absl::Status status = ReadPem(ca_path, tls.ca);
  status.Update(ReadPem(certificate_path, tls.certificate));
  status.Update(ReadPem(key_path, tls.key));
  if (!status.ok()) return status;
  return tls;
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  const absl::StatusOr<std::string> contents = ReadFile(path);
  if (!contents.ok()) return contents.status();
  std::string token(absl::StripAsciiWhitespace(*contents));
  if (IsToken(token)) return token;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": a token of 1 to ", kTokenBytesMax, " visible characters is required"));
}

bool IsToken(const std::string& text) {
  const auto is_visible = [](unsigned char byte) { return absl::ascii_isgraph(byte); };
  return !text.empty() && text.size() <= kTokenBytesMax && absl::c_all_of(text, is_visible);
}

}  // namespace detloss::client
