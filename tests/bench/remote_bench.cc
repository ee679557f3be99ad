// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Times a whole remote call as a program makes it, through the C++ client: from tensors in memory
// to loss and gradient in memory. Asked for a case with "address" and "seconds".

#include <optional>
#include <stdexcept>

#include "detloss/client/allocator.h"
#include "tests/bench/client_case.h"
#include "tests/bench/lines.h"
#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

class RemoteRun {
 public:
  explicit RemoteRun(const json& question)
      : case_(question), client_({.address = question.at("address")}) {}

  json Measure(double seconds) const {
    return {{"items", case_.item_count()}, {"seconds", MedianSeconds(seconds, [this] { Call(); })}};
  }

 private:
  void Call() const {
    const auto result = case_.Compute(client_);
    if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
  }

  ClientCase case_;
  client::LossClient client_;
};

// Keeps what was prepared for the case that was asked for last.
class RemoteBench {
 public:
  json Answer(const json& question) {
    if (question != prepared_) {
      run_.emplace(question);
      prepared_ = question;
      run_->Measure(0);
    }
    return run_->Measure(question.at("seconds"));
  }

 private:
  json prepared_;
  std::optional<RemoteRun> run_;
};

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::client::TuneAllocator();
  detloss::bench::RemoteBench bench;
  return detloss::bench::AnswerLines(
      [&](const nlohmann::json& line) { return bench.Answer(line); });
}
