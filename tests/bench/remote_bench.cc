// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Times a whole remote call as a program makes it, through the C++ client: from tensors in memory
// to loss and gradient in memory. Asked for a case with "address" and "seconds".

#include "detloss/client/allocator.h"
#include "detloss/client/loss_client.h"
#include "tests/bench/lines.h"
#include "tests/bench/request.h"
#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

client::TensorRef Refer(const Tensor& tensor, const std::shared_ptr<CaseTensors>& owner) {
  return {.data_type = static_cast<v1::DataType>(tensor.type()),
          .shape = {tensor.shape().begin(), tensor.shape().end()},
          .data = absl::MakeConstSpan(tensor.bytes().data(), tensor.bytes().size()),
          .owner = owner};
}

class RemoteRun {
 public:
  explicit RemoteRun(const json& question)
      : case_(ParseCase(question)),
        tensors_(std::make_shared<CaseTensors>(case_)),
        client_({.address = question.at("address")}) {}

  json Measure(double seconds) const {
    return {{"items", case_.ItemCount()}, {"seconds", MedianSeconds(seconds, [this] { Call(); })}};
  }

 private:
  void Call() const {
    v1::LossTerm term;
    const auto result =
        client_.Compute(MutableLoss(case_, term), Refer(tensors_->prediction(), tensors_),
                        Refer(tensors_->target(), tensors_));
    if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
  }

  BenchCase case_;
  std::shared_ptr<CaseTensors> tensors_;
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
