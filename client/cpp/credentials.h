// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_CREDENTIALS_H_
#define DETLOSS_CLIENT_CPP_CREDENTIALS_H_

#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "detloss/client/options.h"

namespace detloss::client {

// How to connect: `options.credentials`, else by `options.tls`, else without encryption.
std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const ClientOptions& options);

// The metadata `authorization` of calls with this token; empty, for none, if it is no token.
std::string MakeAuthorization(const std::string& token);

// Sends `authorization` with a call, unless it is empty. Unlike credentials of gRPC, which want
// encryption, that serves Unix sockets too.
void Authorize(const std::string& authorization, grpc::ClientContext& context);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_CREDENTIALS_H_
