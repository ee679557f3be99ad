// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/credentials.h"

#include "absl/strings/str_cat.h"

namespace detloss::client {

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const ClientOptions& options) {
  if (options.credentials != nullptr) return options.credentials;
  if (!options.tls.has_value()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({options.tls->ca, options.tls->key, options.tls->certificate});
}

std::string MakeAuthorization(const std::string& token) {
  return IsToken(token) ? absl::StrCat("Bearer ", token) : "";
}

void Authorize(const std::string& authorization, grpc::ClientContext& context) {
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
}

}  // namespace detloss::client
