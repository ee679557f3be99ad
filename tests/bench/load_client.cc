// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Puts load on servers. Asked for {"address", "method", "outstanding", "seconds"} and what to send
// (see request.h), answers with the rate and the latencies.

#include <map>

#include "common/allocator.h"
#include "tests/bench/lines.h"
#include "tests/bench/load.h"
#include "tests/bench/request.h"
#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

// Of fewer calls, the 99th percentile is the slowest or the one before: chance.
constexpr size_t kCallsOfP99 = 200;

// Null of too few calls.
json P99(const std::vector<double>& latencies) {
  if (latencies.size() < kCallsOfP99) return nullptr;
  return Quantile(latencies, 0.99);
}

// One connection for each server. Keeps every request that it has sent.
class LoadClient {
 public:
  json Answer(const json& question) {
    const grpc::ByteBuffer& request = RequestOf(question);
    const double seconds = question.at("seconds");
    const LoadOptions options = {.method = question.at("method"),
                                 .request = request,
                                 .outstanding = question.at("outstanding"),
                                 .warm_up_seconds = seconds / 4,
                                 .seconds = seconds};
    const LoadReport report = RunLoad(ChannelTo(question.at("address")), options);
    return {{"rate", static_cast<double>(report.latencies.size()) / report.seconds},
            {"p50", Quantile(report.latencies, 0.5)},
            {"p99", P99(report.latencies)},
            {"calls", report.latencies.size()},
            {"calls_in_all", report.started},
            {"bytes_in", request.Length()},
            {"bytes_out", report.reply_bytes}};
  }

 private:
  const grpc::ByteBuffer& RequestOf(const json& question) {
    json wanted = question;
    for (const char* key : {"address", "method", "outstanding", "seconds"}) wanted.erase(key);
    grpc::ByteBuffer& request = requests_[wanted];
    if (!request.Valid()) request = MakeRequest(wanted);
    return request;
  }

  const std::shared_ptr<grpc::Channel>& ChannelTo(const std::string& address) {
    std::shared_ptr<grpc::Channel>& channel = channels_[address];
    if (channel == nullptr) channel = Connect(address);
    return channel;
  }

  std::map<json, grpc::ByteBuffer> requests_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::TuneAllocator();
  detloss::bench::LoadClient client;
  return detloss::bench::AnswerLines(
      [&](const nlohmann::json& line) { return client.Answer(line); });
}
