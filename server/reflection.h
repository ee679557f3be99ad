// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_REFLECTION_H_
#define DETLOSS_SERVER_REFLECTION_H_

#include "grpc/reflection/v1/reflection.pb.h"

namespace detloss {

// Answers a question about the services of the server. Never fails: an error is an answer.
grpc::reflection::v1::ServerReflectionResponse Reflect(
    const grpc::reflection::v1::ServerReflectionRequest& request);

}  // namespace detloss

#endif  // DETLOSS_SERVER_REFLECTION_H_
