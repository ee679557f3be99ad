// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/methods.h"

#include "server/health_call.h"
#include "server/reflection_call.h"

namespace detloss {
namespace {

constexpr Method kMethods[] = {
#define UNARY_METHOD(method) \
  {.path = "/detloss.v1.LossService/" #method, .name = #method, .run = method##Bytes},
#include "server/methods.inc"
#undef UNARY_METHOD
    {.path = "/detloss.v1.LossService/StreamComputeLoss",
     .name = "StreamComputeLoss",
     .is_stream = true},
    {.path = "/grpc.health.v1.Health/Check",
     .name = "Check",
     .begin = HealthCall::BeginCheck,
     .is_health = true},
    {.path = "/grpc.health.v1.Health/Watch",
     .name = "Watch",
     .begin = HealthCall::BeginWatch,
     .is_watch = true,
     .is_health = true},
    {.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     .name = "ServerReflectionInfo",
     .begin = ReflectionCall::Begin,
     .is_watch = true},
    {.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     .name = "ServerReflectionInfo",
     .begin = ReflectionCall::Begin,
     .is_watch = true},
};

}  // namespace

absl::Span<const Method> AllMethods() { return kMethods; }

const Method* FindMethod(absl::string_view path) {
  for (const Method& method : kMethods) {
    if (method.path == path) return &method;
  }
  return nullptr;
}

}  // namespace detloss
