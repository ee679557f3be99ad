// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SECURITY_H_
#define DETLOSS_SERVER_SECURITY_H_

#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/access.h"
#include "server/file_watch.h"
#include "server/logging.h"
#include "server/options.h"
#include "server/tls.h"

namespace detloss {

// What the options ask for to guard a server: TLS, tokens, and that both follow their files. Logs
// `tls_loaded` and `tokens_loaded` when other contents have been taken, `tls_reload_failed` and
// `tokens_reload_failed` when they are wrong and what was there before stays.
class Security {
 public:
  // How often files are looked at.
  static constexpr std::chrono::milliseconds kInterval{1000};

  // Errors name the flag whose file is wrong. `log` must outlive it. REQUIRES:
  // options.Validate().ok().
  static absl::StatusOr<std::unique_ptr<Security>> Create(
      const ServerOptions& options, Log& log, std::chrono::milliseconds interval = kInterval);

  // How connections are made secure: by TLS if there is a certificate. Those of Unix sockets are
  // guarded by the permissions of their directory. This must outlive the server.
  std::shared_ptr<grpc::ServerCredentials> credentials();

  // Decides every call.
  const Access& access() const { return access_; }

 private:
  Security(const ServerOptions& options, Log& log);
  std::vector<std::string> Paths() const;
  absl::Status Load();
  absl::Status LoadTokens();
  bool Reload();
  absl::Status ReloadTls();
  bool Took(const char* event, const absl::Status& status, std::string& last_error);

  const ServerOptions options_;
  Log& log_;
  Access access_;
  std::optional<std::string> token_text_;  // that was taken last: hashes; of the thread of watch_
  std::unique_ptr<Tls> tls_;
  std::string tls_error_;           // of the last reload; of the thread of watch_
  std::string token_error_;         // likewise
  std::optional<FileWatch> watch_;  // ends first, since it calls Reload
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_SECURITY_H_
