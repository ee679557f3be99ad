// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/security.h"

#include <utility>

#include "absl/time/time.h"
#include "server/address.h"
#include "server/small_file.h"

namespace detloss {
namespace {

constexpr char kTokenFlag[] = "auth_token_file";

AccessRules RulesOf(const ServerOptions& options) {
  return {.tokens = !options.auth_token_file.empty(),
          .certificates = !options.tls_client_ca.empty(),
          .open_health = options.open_health};
}

TlsPaths TlsPathsOf(const ServerOptions& options) {
  return {options.tls_cert, options.tls_key, options.tls_client_ca};
}

LogFields Field(const char* name, const LogFields& value) {
  LogFields fields;
  fields[name] = value;
  return fields;
}

LogFields ExpiryField(const Tls& tls) {
  return Field("expires",
               absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", tls.expiry(), absl::UTCTimeZone()));
}

}  // namespace

Security::Security(const ServerOptions& options, Log& log)
    : options_(options), log_(log), access_(RulesOf(options)) {}

absl::StatusOr<std::unique_ptr<Security>> Security::Create(const ServerOptions& options, Log& log,
                                                           std::chrono::milliseconds interval) {
  std::unique_ptr<Security> security(new Security(options, log));
  // Before the files are read: a change in between is one.
  FileWatch::Signatures seen = FileWatch::Look(security->Paths());
  if (absl::Status status = security->Load(); !status.ok()) return status;
  security->watch_.emplace(security->Paths(), interval, std::move(seen),
                           [raw = security.get()] { return raw->Reload(); });
  return security;
}

std::shared_ptr<grpc::ServerCredentials> Security::credentials() {
  return tls_ == nullptr ? grpc::InsecureServerCredentials() : tls_->Credentials();
}

std::vector<std::string> Security::Paths() const {
  std::vector<std::string> paths;
  for (const std::string& path :
       {options_.tls_cert, options_.tls_key, options_.tls_client_ca, options_.auth_token_file}) {
    if (!path.empty()) paths.push_back(path);
  }
  return paths;
}

absl::Status Security::Load() {
  if (!options_.tls_cert.empty()) {
    absl::StatusOr<std::unique_ptr<Tls>> tls = Tls::Create(TlsPathsOf(options_));
    if (!tls.ok()) return tls.status();
    tls_ = *std::move(tls);
    log_.WriteAlways("tls_loaded", ExpiryField(*tls_));
  }
  return options_.auth_token_file.empty() ? absl::OkStatus() : LoadTokens();
}

absl::Status Security::LoadTokens() {
  absl::StatusOr<std::string> text = ReadSmallFile(kTokenFlag, options_.auth_token_file);
  if (!text.ok()) return text.status();
  if (*text == token_text_) return absl::OkStatus();
  absl::StatusOr<Tokens> tokens = Tokens::Parse(*text);
  if (!tokens.ok()) return FileError(kTokenFlag, tokens.status().message());
  log_.WriteAlways("tokens_loaded", Field("tokens", tokens->size()));
  access_.SetTokens(*std::move(tokens));
  token_text_ = *std::move(text);
  return absl::OkStatus();
}

// What fails is tried again, since the reason may pass without a change of the files.
bool Security::Reload() {
  const bool tls = tls_ == nullptr || Took("tls_reload_failed", ReloadTls(), tls_error_);
  const bool tokens =
      options_.auth_token_file.empty() || Took("tokens_reload_failed", LoadTokens(), token_error_);
  return tls && tokens;
}

absl::Status Security::ReloadTls() {
  const absl::StatusOr<bool> changed = tls_->Reload();
  if (changed.ok() && *changed) log_.WriteAlways("tls_loaded", ExpiryField(*tls_));
  return changed.status();
}

// Logs a failure once, however often it comes.
bool Security::Took(const char* event, const absl::Status& status, std::string& last_error) {
  const std::string error(status.message());
  if (!status.ok() && error != last_error) log_.WriteAlways(event, Field("error", error));
  last_error = error;
  return status.ok();
}

}  // namespace detloss
