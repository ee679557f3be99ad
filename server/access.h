// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Who may call what: the one place that decides.

#ifndef DETLOSS_SERVER_ACCESS_H_
#define DETLOSS_SERVER_ACCESS_H_

#include <grpcpp/server_context.h>

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/tokens.h"

namespace detloss {

struct Method;  // methods.h

// What is required of callers.
struct AccessRules {
  bool tokens = false;        // a bearer token
  bool certificates = false;  // a client certificate
  bool open_health = true;    // neither of them for calls of the health service
};

// What a call shows of its caller.
struct Credentials {
  // Every value of the metadata `authorization`.
  absl::Span<const absl::string_view> authorization;
  // The name in the client certificate; empty without one.
  absl::string_view certificate_name;
};

// What became of a call at the door.
struct AccessDecision {
  enum class Outcome {
    kAdmitted,
    kRefused,        // `error` is the answer
    kUnknownMethod,  // there is no such method, and the caller may know
  };
  Outcome outcome = Outcome::kRefused;
  // Null if there is none.
  const Method* method = nullptr;
  // The name of the caller, for the log: of a token or else of a certificate. Known of a call that
  // was refused, too, if the caller was; empty if nothing is required of callers.
  std::string caller;
  // With the reason UNAUTHENTICATED or PERMISSION_DENIED; OK unless refused.
  absl::Status error;
};

// Thread-safe.
class Access {
 public:
  // Refuses every token until SetTokens.
  explicit Access(const AccessRules& rules) : rules_(rules) {}

  // Calls are decided by these tokens from now on.
  void SetTokens(Tokens tokens);

  // Decides a call of the method with this path, as "/detloss.v1.LossService/ComputeLoss".
  AccessDecision Admit(absl::string_view path, const Credentials& credentials) const;

  // The same, with the credentials that came with the call.
  AccessDecision Admit(absl::string_view path, const grpc::ServerContextBase& context) const;

 private:
  bool IsOpen() const { return !rules_.tokens && !rules_.certificates; }
  AccessDecision AdmitToken(absl::string_view method, const Credentials& credentials) const;
  AccessDecision Authenticate(absl::string_view method, const Credentials& credentials) const;
  std::shared_ptr<const Tokens> tokens() const;

  const AccessRules rules_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;  // guarded by mutex_
};

// The name in the client certificate of a call: the common name of its subject, else its first
// alternative name; empty without a certificate.
std::string CertificateName(const grpc::AuthContext& context);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ACCESS_H_
