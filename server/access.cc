// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/access.h"

#include <grpc/grpc_security_constants.h>

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/methods.h"
#include "server/status.h"

namespace detloss {
namespace {

using Outcome = AccessDecision::Outcome;

constexpr absl::string_view kScheme = "Bearer ";
// Longer than any token that somebody would make, and cheap to hash.
constexpr size_t kTokenBytesMax = 4096;
// Of a name in a certificate, for the log.
constexpr size_t kNameBytesMax = 128;

AccessDecision Admitted(std::string caller) {
  return {Outcome::kAdmitted, nullptr, std::move(caller), {}};
}

AccessDecision Refused(std::string caller, absl::Status error) {
  return {Outcome::kRefused, nullptr, std::move(caller), std::move(error)};
}

AccessDecision Unauthenticated(absl::string_view message) {
  return Refused("", MakeError(Reason::kUnauthenticated, message));
}

absl::Status NoToken(absl::string_view got) {
  return MakeError(Reason::kUnauthenticated,
                   absl::StrCat("authorization: `Bearer` and a token are required, got ", got));
}

// The token in the metadata.
absl::StatusOr<absl::string_view> TokenIn(absl::Span<const absl::string_view> authorization) {
  if (authorization.empty()) return NoToken("none");
  if (authorization.size() > 1) return NoToken("several values");
  absl::string_view token = authorization.front();
  if (!absl::StartsWithIgnoreCase(token, kScheme)) return NoToken("another scheme");
  token = absl::StripLeadingAsciiWhitespace(token.substr(kScheme.size()));
  const auto is_graphic = [](unsigned char byte) { return absl::ascii_isgraph(byte); };
  if (token.empty() || token.size() > kTokenBytesMax || !absl::c_all_of(token, is_graphic)) {
    return NoToken("what is no token");
  }
  return token;
}

std::string FirstValue(const grpc::AuthContext& context, const char* property) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(property);
  return values.empty() ? "" : std::string(values.front().data(), values.front().size());
}

std::vector<absl::string_view> AuthorizationOf(const grpc::ServerContextBase& context) {
  std::vector<absl::string_view> values;
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  for (auto value = begin; value != end; ++value) {
    values.emplace_back(value->second.data(), value->second.size());
  }
  return values;
}

}  // namespace

void Access::SetTokens(Tokens tokens) {
  auto replacement = std::make_shared<const Tokens>(std::move(tokens));
  const std::lock_guard lock(mutex_);
  tokens_.swap(replacement);
}

std::shared_ptr<const Tokens> Access::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

AccessDecision Access::AdmitToken(absl::string_view method, const Credentials& credentials) const {
  const absl::StatusOr<absl::string_view> text = TokenIn(credentials.authorization);
  if (!text.ok()) return Refused("", text.status());
  const std::shared_ptr<const Tokens> known = tokens();
  const Token* token = known != nullptr ? known->Find(*text) : nullptr;
  if (token == nullptr) return Refused("", NoToken("a token that is not known"));
  // Whoever is known may learn that there is no such method.
  if (method.empty() || token->Allows(method)) return Admitted(token->name);
  return Refused(token->name, MakeError(Reason::kPermissionDenied,
                                        absl::StrCat("the token is not for ", method)));
}

// A method that there is not is "".
AccessDecision Access::Authenticate(absl::string_view method,
                                    const Credentials& credentials) const {
  if (rules_.certificates && credentials.certificate_name.empty()) {
    return Unauthenticated("a client certificate with a name is required");
  }
  if (rules_.tokens) return AdmitToken(method, credentials);
  return Admitted(std::string(credentials.certificate_name));
}

AccessDecision Access::Admit(absl::string_view path, const Credentials& credentials) const {
  const Method* method = FindMethod(path);
  const bool open = IsOpen() || (rules_.open_health && method != nullptr && method->is_health);
  AccessDecision admission =
      open ? Admitted("") : Authenticate(method != nullptr ? method->name : "", credentials);
  admission.method = method;
  if (admission.outcome == Outcome::kAdmitted && method == nullptr) {
    admission.outcome = Outcome::kUnknownMethod;
  }
  return admission;
}

AccessDecision Access::Admit(absl::string_view path, const grpc::ServerContextBase& context) const {
  if (IsOpen()) return Admit(path, Credentials());
  const std::vector<absl::string_view> authorization = AuthorizationOf(context);
  const std::string name =
      rules_.certificates ? CertificateName(*context.auth_context()) : std::string();
  return Admit(path, {authorization, name});
}

std::string CertificateName(const grpc::AuthContext& context) {
  std::string name = FirstValue(context, GRPC_X509_CN_PROPERTY_NAME);
  if (name.empty()) name = FirstValue(context, GRPC_X509_SAN_PROPERTY_NAME);
  return name.substr(0, kNameBytesMax);
}

}  // namespace detloss
