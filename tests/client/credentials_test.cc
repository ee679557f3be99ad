// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/credentials.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "detloss/client/loss_client.h"
#include "tests/client/status_matchers.h"
#include "tests/common/certificates.h"

namespace detloss::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// A server that answers no call, but knows what came with each.
class Recorder final : public grpc::CallbackGenericService {
 public:
  explicit Recorder(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~Recorder() override { server_->Shutdown(); }

  LossClient MakeClient(ClientOptions options) const {
    options.address = absl::StrCat("127.0.0.1:", port_);
    options.attempts_max = 1;
    return LossClient(options);
  }

  // By method, in the order of their names.
  std::multimap<std::string, std::string> authorizations() {
    const std::lock_guard lock(mutex_);
    return authorizations_;
  }

 private:
  struct Refusal final : grpc::ServerGenericBidiReactor {
    Refusal() { Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who is it?")); }
    void OnDone() override { delete this; }
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = context->client_metadata().equal_range("authorization");
    if (begin == end) authorizations_.emplace(context->method(), "none");
    for (auto value = begin; value != end; ++value) {
      authorizations_.emplace(context->method(),
                              std::string(value->second.data(), value->second.size()));
    }
    return new Refusal;
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::mutex mutex_;
  std::multimap<std::string, std::string> authorizations_;
};

TEST(Token, ComesWithEveryCall) {
  Recorder server(grpc::InsecureServerCredentials());
  const LossClient client = server.MakeClient({.token = "hunter2"});
  for (const absl::Status& status :
       {client.Compute(v1::IouLoss(), {}, {}).status(), client.ListLosses().status(),
        client.CheckHealth(), client.StreamComputeLoss().Finish()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(server.authorizations(),
              ElementsAre(Pair("/detloss.v1.LossService/ComputeLoss", "Bearer hunter2"),
                          Pair("/detloss.v1.LossService/ListLosses", "Bearer hunter2"),
                          Pair("/detloss.v1.LossService/StreamComputeLoss", "Bearer hunter2"),
                          Pair("/grpc.health.v1.Health/Check", "Bearer hunter2")));
}

TEST(Token, IsNotSentUnlessItIsOne) {
  Recorder server(grpc::InsecureServerCredentials());
  for (const std::string& token : {std::string(), std::string("a\nb"), std::string("a b"),
                                   std::string("\xC3\xA9"), std::string(4097, 'x')}) {
    EXPECT_FALSE(IsToken(token));
    EXPECT_FALSE(server.MakeClient({.token = token}).ListLosses().ok());
  }
  for (const auto& [method, authorization] : server.authorizations()) {
    EXPECT_EQ(authorization, "none");
  }
}

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { std::filesystem::create_directories(directory_); }
  ~CredentialsTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& contents) const {
    std::ofstream(directory_ / name) << contents;
    return directory_ / name;
  }

  std::shared_ptr<grpc::ServerCredentials> Server() const {
    const KeyPair pair = authority_.MakeServer("server");
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = authority_.certificate();
    options.pem_key_cert_pairs.push_back({pair.key, pair.certificate});
    return grpc::SslServerCredentials(options);
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("credentials.", getpid());
  const CertificateAuthority authority_{"authority"};
};

TEST_F(CredentialsTest, ReachAServerWithTls) {
  Recorder server(Server());
  const KeyPair pair = authority_.MakeClient("client");
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      tls, ReadTlsOptions(Write("ca", authority_.certificate()), Write("cert", pair.certificate),
                          Write("key", pair.key)));
  const auto code = [&](const TlsOptions& options) {
    return server.MakeClient({.tls = options, .token = "one"}).ListLosses().status().code();
  };
  EXPECT_EQ(code(tls), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code({.ca = tls.ca}), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code({.certificate = tls.certificate, .key = tls.key}), absl::StatusCode::kUnavailable);
  EXPECT_THAT(server.MakeClient({.tls = TlsOptions()}).CheckHealth(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("is not to be trusted")));
  EXPECT_EQ(server.MakeClient({}).ListLosses().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(server.authorizations(),
              ElementsAre(Pair("/detloss.v1.LossService/ListLosses", "Bearer one")));
}

TEST_F(CredentialsTest, TellWhichFileIsWrong) {
  const std::string pem = Write("pem", authority_.certificate());
  EXPECT_THAT(ReadTlsOptions("/nonexistent"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent")));
  EXPECT_THAT(ReadTlsOptions(Write("other", "garbage")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("other: PEM is required")));
  EXPECT_THAT(ReadTlsOptions(pem, pem),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("need each other")));
  EXPECT_THAT(ReadTlsOptions(""), IsOk());
}

TEST_F(CredentialsTest, ReadTheTokenInAFile) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(token, ReadToken(Write("token", "hunter2\n")));
  EXPECT_EQ(token, "hunter2");
  for (const char* contents : {"", "\n", "hunter 2\n", "hunter\n2"}) {
    EXPECT_THAT(ReadToken(Write("token", contents)),
                StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("hunter"))));
  }
  EXPECT_FALSE(ReadToken("/nonexistent").ok());
  EXPECT_FALSE(ReadToken(directory_).ok());
}

}  // namespace
}  // namespace detloss::client
