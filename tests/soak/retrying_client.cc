// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Calls servers through the C++ client until it is told to stop. Asked for {"address", "cases"},
// where "threads", "connections", "deadline", "reconnect", "ca", "certificate", "key" and "token"
// (paths of files, which every new client reads) may follow, answers {} when it has begun; asked
// for anything else then, stops and answers with what became of the calls.

#include <grpcpp/security/credentials.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "detloss/client/allocator.h"
#include "tests/bench/lines.h"
#include "tests/soak/latencies.h"
#include "tests/soak/retrying_load.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

// Of the file that `question` names; empty if it names none.
std::string Contents(const json& question, const char* key) {
  if (!question.contains(key)) return "";
  std::stringstream contents;
  contents << std::ifstream(question.at(key).get<std::string>()).rdbuf();
  return contents.str();
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const json& question) {
  if (!question.contains("ca")) return nullptr;
  const auto tls = grpc::SslCredentials({.pem_root_certs = Contents(question, "ca"),
                                         .pem_private_key = Contents(question, "key"),
                                         .pem_cert_chain = Contents(question, "certificate")});
  if (!question.contains("token")) return tls;
  return grpc::CompositeChannelCredentials(
      tls, grpc::AccessTokenCredentials(Contents(question, "token")));
}

client::LossClient MakeClient(const json& question) {
  client::ClientOptions options = {.address = question.at("address")};
  options.connections = question.value("connections", 1);
  options.deadline = absl::Seconds(question.value("deadline", 60.0));
  options.credentials = CredentialsOf(question);
  return client::LossClient(options);
}

json Describe(const RetryingReport& report) {
  int64_t failed = 0;
  for (const auto& [status, count] : report.failures) failed += count;
  return {{"answered", DescribeLatencies(report.latencies)},
          {"wrong", report.wrong},
          {"failed", failed},
          {"failures", report.failures}};
}

class RetryingClient {
 public:
  json Answer(const json& question) {
    if (load_) {
      const json answer = Describe(load_->Stop());
      load_.reset();
      return answer;
    }
    load_.emplace(question.at("cases"), question.value("threads", 4),
                  question.value("reconnect", false), [question] { return MakeClient(question); });
    return json::object();
  }

 private:
  std::optional<RetryingLoad> load_;
};

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::client::TuneAllocator();
  detloss::bench::RetryingClient client;
  return detloss::bench::AnswerLines(
      [&](const nlohmann::json& line) { return client.Answer(line); });
}
