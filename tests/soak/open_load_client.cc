// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Puts open load on a server. Asked for {"address", "rate", "seconds"}, where "connections",
// "warm_up", "deadline", "outstanding_max", "seed" and "announce" may follow, and what to send (see
// tests/bench/request.h), answers with what became of the calls. Ignores when a server says to come
// back.

#include <map>

#include "common/allocator.h"
#include "common/request_bytes.h"
#include "tests/bench/lines.h"
#include "tests/bench/load.h"
#include "tests/bench/request.h"
#include "tests/bench/timing.h"
#include "tests/soak/latencies.h"
#include "tests/soak/open_load.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

constexpr char kMethod[] = "/detloss.v1.LossService/ComputeLoss";
constexpr const char* kKeys[] = {"address",  "rate", "seconds",  "connections",     "warm_up",
                                 "deadline", "seed", "announce", "outstanding_max", "method"};

OpenLoadOptions OptionsOf(const json& question, const grpc::ByteBuffer& request) {
  OpenLoadOptions options = {.method = question.value("method", kMethod), .request = request};
  options.rate = question.at("rate");
  options.seconds = question.at("seconds");
  options.warm_up_seconds = question.value("warm_up", options.seconds / 4);
  options.deadline_seconds = question.value("deadline", options.deadline_seconds);
  options.outstanding_max = question.value("outstanding_max", options.outstanding_max);
  options.seed = question.value("seed", options.seed);
  if (question.value("announce", request.Length() >= kAnnouncedBytesMin)) {
    options.metadata.emplace(kRequestBytesKey, std::to_string(request.Length()));
  }
  return options;
}

// A server with too much to do answers with one of these.
bool IsRefusal(grpc::StatusCode code) {
  return code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::UNAVAILABLE;
}

void Append(const std::vector<double>& from, std::vector<double>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

json Describe(const OpenLoadReport& report, const OpenLoadOptions& options) {
  json codes = json::object();
  std::vector<double> accepted, refused, failed;
  for (const auto& [code, latencies] : report.latencies) {
    codes[CodeName(code)] = latencies.size();
    Append(latencies, code == grpc::StatusCode::OK ? accepted : IsRefusal(code) ? refused : failed);
  }
  return {{"offered", options.rate},
          {"arrivals", report.arrivals},
          {"unsent", report.unsent},
          {"goodput", static_cast<double>(report.answered_in_time) / options.seconds},
          {"codes", codes},
          {"accepted", DescribeLatencies(accepted)},
          {"refused", DescribeLatencies(refused)},
          {"failed", DescribeLatencies(failed)},
          {"lag", DescribeLatencies(report.lags)},
          {"request_bytes", options.request.Length()}};
}

// Keeps every request and connection.
class OpenLoadClient {
 public:
  json Answer(const json& question) {
    const OpenLoadOptions options = OptionsOf(question, RequestOf(question));
    const auto& channels =
        ChannelsTo(question.at("address"), question.value("connections", size_t{4}));
    return Describe(RunOpenLoad(channels, options), options);
  }

 private:
  const grpc::ByteBuffer& RequestOf(const json& question) {
    json wanted = question;
    for (const char* key : kKeys) wanted.erase(key);
    grpc::ByteBuffer& request = requests_[wanted];
    if (!request.Valid()) request = MakeRequest(wanted);
    return request;
  }

  const std::vector<std::shared_ptr<grpc::Channel>>& ChannelsTo(const std::string& address,
                                                                size_t count) {
    auto& channels = channels_[{address, count}];
    while (channels.size() < count) channels.push_back(Connect(address));
    return channels;
  }

  std::map<json, grpc::ByteBuffer> requests_;
  std::map<std::pair<std::string, size_t>, std::vector<std::shared_ptr<grpc::Channel>>> channels_;
};

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::TuneAllocator();
  detloss::bench::OpenLoadClient client;
  return detloss::bench::AnswerLines(
      [&](const nlohmann::json& line) { return client.Answer(line); });
}
