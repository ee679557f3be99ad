// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Real servers and clients over 127.0.0.1.

#include "server/tls.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "detloss/v1/loss_service.grpc.pb.h"
#include "server/access.h"
#include "tests/server/tls_files.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

using Stub = std::unique_ptr<v1::LossService::Stub>;

std::chrono::system_clock::time_point Soon() {
  return std::chrono::system_clock::now() + std::chrono::seconds(30);
}

// Answers with the name in the certificate of the client, and streams with what they send.
class Service final : public v1::LossService::Service {
  grpc::Status GetServerInfo(grpc::ServerContext* context, const v1::GetServerInfoRequest*,
                             v1::GetServerInfoResponse* response) override {
    response->set_version(CertificateName(*context->auth_context()));
    return grpc::Status::OK;
  }

  grpc::Status StreamComputeLoss(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamComputeLossResponse, v1::StreamComputeLossRequest>* stream)
      override {
    v1::StreamComputeLossRequest request;
    v1::StreamComputeLossResponse response;
    while (stream->Read(&request)) {
      response.set_id(request.id());
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

class TlsServer {
 public:
  explicit TlsServer(Tls& tls) {
    grpc::ServerBuilder builder;
    for (int& port : ports_) builder.AddListeningPort("127.0.0.1:0", tls.Credentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    EXPECT_NE(server_, nullptr);
  }
  ~TlsServer() { server_->Shutdown(Soon()); }

  // A stub with a connection of its own.
  Stub Connect(const grpc::SslCredentialsOptions& options, int i = 0) const {
    return Connect(grpc::SslCredentials(options), i);
  }

  Stub Connect(const std::shared_ptr<grpc::ChannelCredentials>& credentials, int i = 0) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::LossService::NewStub(
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", ports_[i]), credentials, arguments));
  }

 private:
  Service service_;
  int ports_[2] = {0, 0};
  std::unique_ptr<grpc::Server> server_;
};

// "" or the name in the client's certificate; an error as its code.
std::string Call(const Stub& stub) {
  grpc::ClientContext context;
  context.set_deadline(Soon());
  v1::GetServerInfoResponse response;
  const grpc::Status status = stub->GetServerInfo(&context, {}, &response);
  return status.ok() ? response.version() : absl::StrCat("error ", status.error_code());
}

const std::string kUnavailable = absl::StrCat("error ", grpc::StatusCode::UNAVAILABLE);

grpc::SslCredentialsOptions Trusting(const CertificateAuthority& authority,
                                     const KeyPair& client = {}) {
  return {authority.certificate(), client.key, client.certificate};
}

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    files_.Write(authority_.MakeServer("server"));
    files_.Write("client_ca", authority_.certificate());
  }

  static std::unique_ptr<Tls> Create(TlsPaths paths) {
    absl::StatusOr<std::unique_ptr<Tls>> tls = Tls::Create(std::move(paths));
    EXPECT_TRUE(tls.ok()) << tls.status();
    return *std::move(tls);
  }

  const CertificateAuthority authority_{"authority"};
  const CertificateAuthority other_{"other authority"};
  const TlsFiles files_;
};

TEST_F(TlsTest, ServesOnEveryPort) {
  const std::unique_ptr<Tls> tls = Create(files_.Paths());
  const TlsServer server(*tls);
  for (const int port : {0, 1}) EXPECT_EQ(Call(server.Connect(Trusting(authority_), port)), "");
}

TEST_F(TlsTest, IsNotBelievedByWhoTrustsAnother) {
  const std::unique_ptr<Tls> tls = Create(files_.Paths());
  const TlsServer server(*tls);
  EXPECT_EQ(Call(server.Connect(Trusting(other_))), kUnavailable);
  EXPECT_EQ(Call(server.Connect(grpc::InsecureChannelCredentials())), kUnavailable);
}

TEST_F(TlsTest, RequiresCertificatesOfClients) {
  const std::unique_ptr<Tls> tls = Create(files_.PathsWithClientCa());
  const TlsServer server(*tls);
  const auto call = [&](const KeyPair& client) {
    return Call(server.Connect(Trusting(authority_, client)));
  };
  EXPECT_EQ(call(authority_.MakeClient("trainer")), "trainer");
  EXPECT_EQ(call(authority_.MakeClient("trainer", "host.example")), "trainer");
  EXPECT_EQ(call(authority_.MakeClient("", "host.example")), "host.example");
  EXPECT_EQ(call({}), kUnavailable);
  EXPECT_EQ(call(other_.MakeClient("trainer")), kUnavailable);
  // A certificate that is for servers.
  EXPECT_EQ(call(authority_.MakeServer("server")), kUnavailable);
}

// Streams that are open go on while new connections see the new certificate, on every port.
TEST_F(TlsTest, ChangesItsCertificate) {
  const std::unique_ptr<Tls> tls = Create(files_.Paths());
  const TlsServer server(*tls);
  const Stub before = server.Connect(Trusting(authority_));
  grpc::ClientContext context;
  context.set_deadline(Soon());
  const auto stream = before->StreamComputeLoss(&context);
  v1::StreamComputeLossRequest request;
  v1::StreamComputeLossResponse response;
  const auto echoes = [&] { return stream->Write(request) && stream->Read(&response); };
  EXPECT_TRUE(echoes());
  EXPECT_FALSE(*tls->Reload());

  files_.Write(other_.MakeServer("server", 2));
  EXPECT_TRUE(*tls->Reload());
  EXPECT_FALSE(*tls->Reload());
  for (const int port : {0, 1}) {
    EXPECT_EQ(Call(server.Connect(Trusting(authority_), port)), kUnavailable);
    EXPECT_EQ(Call(server.Connect(Trusting(other_), port)), "");
  }
  EXPECT_GT(tls->expiry(), absl::Now() + absl::Hours(47));
  EXPECT_EQ(Call(before), "");
  EXPECT_TRUE(echoes());
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(TlsTest, ChangesWhoseClientsItBelieves) {
  const std::unique_ptr<Tls> tls = Create(files_.PathsWithClientCa());
  const TlsServer server(*tls);
  const KeyPair client = other_.MakeClient("trainer");
  EXPECT_EQ(Call(server.Connect(Trusting(authority_, client))), kUnavailable);
  files_.Write("client_ca", authority_.certificate() + other_.certificate());
  EXPECT_TRUE(*tls->Reload());
  EXPECT_EQ(Call(server.Connect(Trusting(authority_, client))), "trainer");
}

// A certificate whose key has not been written yet, and other mistakes.
TEST_F(TlsTest, KeepsItsCertificateWhereTheNextIsWrong) {
  const std::unique_ptr<Tls> tls = Create(files_.Paths());
  const TlsServer server(*tls);
  const KeyPair next = other_.MakeServer("server");
  for (const std::string& certificate : {next.certificate, std::string("garbage")}) {
    files_.Write("cert", certificate);
    EXPECT_FALSE(tls->Reload().ok());
    EXPECT_EQ(Call(server.Connect(Trusting(authority_))), "");
  }
  files_.Write(next);
  EXPECT_TRUE(*tls->Reload());
  EXPECT_EQ(Call(server.Connect(Trusting(other_))), "");
}

TEST_F(TlsTest, ChangesUnderHandshakes) {
  const std::unique_ptr<Tls> tls = Create(files_.Paths());
  const TlsServer server(*tls);
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) EXPECT_EQ(Call(server.Connect(Trusting(authority_), i)), "");
    });
  }
  for (int i = 0; i < 20; ++i) {
    files_.Write(authority_.MakeServer("server"));
    EXPECT_TRUE(*tls->Reload());
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(TlsTest, TellsWhyItCannotBe) {
  files_.Write("key", "garbage");
  EXPECT_THAT(std::string(Tls::Create(files_.Paths()).status().message()),
              HasSubstr("--tls_key: "));
}

}  // namespace
}  // namespace detloss
