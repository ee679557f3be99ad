// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/methods.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss {
namespace {

TEST(Method, IsEveryMethodOfTheService) {
  const google::protobuf::ServiceDescriptor& service =
      *v1::ComputeLossRequest::descriptor()->file()->FindServiceByName("LossService");
  for (int i = 0; i < service.method_count(); ++i) {
    const std::string path = absl::StrCat("/", service.full_name(), "/", service.method(i)->name());
    ASSERT_NE(FindMethod(path), nullptr) << path;
    EXPECT_EQ(FindMethod(path)->name, service.method(i)->name());
    EXPECT_FALSE(FindMethod(path)->is_health);
  }
}

TEST(Method, IsOfHealthOrReflectionToo) {
  EXPECT_TRUE(FindMethod("/grpc.health.v1.Health/Check")->is_health);
  EXPECT_TRUE(FindMethod("/grpc.health.v1.Health/Watch")->is_health);
  for (const char* version : {"v1", "v1alpha"}) {
    const Method* reflection = FindMethod(
        absl::StrCat("/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo"));
    ASSERT_NE(reflection, nullptr) << version;
    EXPECT_FALSE(reflection->is_health);
  }
}

TEST(Method, IsNoOther) {
  for (const char* path :
       {"", "/", "ComputeLoss", "/detloss.v1.LossService/", "/detloss.v1.LossService/computeloss",
        "/other/ComputeLoss", "/detloss.v1.LossService/ComputeLoss/"}) {
    EXPECT_EQ(FindMethod(path), nullptr) << path;
  }
}

}  // namespace
}  // namespace detloss
