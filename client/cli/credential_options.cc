// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/command.h"
#include "detloss/client/credentials.h"

namespace detloss::cli {
namespace {

constexpr char kTokenVariable[] = "DETLOSS_TOKEN";

struct Files {
  bool tls = false;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
  std::string token;
};

template <class T>
T ValueOrThrow(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  throw CLI::ValidationError(std::string(value.status().message()));
}

// Not an option: everybody sees the command lines of others.
std::string TokenOfEnvironment() {
  const char* value = std::getenv(kTokenVariable);
  const std::string token(absl::StripAsciiWhitespace(value != nullptr ? value : ""));
  if (token.empty() || client::IsToken(token)) return token;
  throw CLI::ValidationError(kTokenVariable, "a token of visible characters is required");
}

void Read(const Files& files, client::ClientOptions& options) {
  options.token =
      files.token.empty() ? TokenOfEnvironment() : ValueOrThrow(client::ReadToken(files.token));
  if (!files.tls && files.tls_ca.empty() && files.tls_cert.empty()) return;
  options.tls = ValueOrThrow(client::ReadTlsOptions(files.tls_ca, files.tls_cert, files.tls_key));
}

}  // namespace

void AddCredentialOptions(CLI::App& app, client::ClientOptions& options) {
  const auto files = std::make_shared<Files>();
  app.add_flag("--tls", files->tls, "Encrypt, and trust the authorities of the system");
  app.add_option("--tls_ca", files->tls_ca, "Encrypt, and trust the authorities in this PEM file")
      ->type_name("FILE");
  CLI::Option* certificate =
      app.add_option("--tls_cert", files->tls_cert, "PEM file of the client's certificate")
          ->type_name("FILE");
  CLI::Option* key = app.add_option("--tls_key", files->tls_key, "PEM file of its key")
                         ->type_name("FILE")
                         ->needs(certificate);
  certificate->needs(key);
  app.add_option("--token_file", files->token,
                 "File of the token that calls bring; default: the token DETLOSS_TOKEN")
      ->type_name("FILE");
  app.parse_complete_callback([files, &options] { Read(*files, options); });
}

}  // namespace detloss::cli
