// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Times a loss through the core's public interface, with the plan made and the outputs there,
// beside copies of memory on the same threads. Asked for {"list": true}, lists what there is to
// measure; asked for a case with "threads" (0: the caller's alone) and "seconds", answers with the
// times.

#include <cstring>
#include <optional>

#include "tests/bench/lines.h"
#include "tests/bench/tensors.h"
#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

Plan MakePlanOrThrow(const Problem& problem) {
  // As large as memory allows.
  const Limits limits = {.elements_max = int64_t{1} << 40};
  std::vector<Violation> violations;
  std::optional<Plan> plan = MakePlan(problem, limits, violations);
  if (!plan) throw std::invalid_argument(std::string(ToStatus(violations).message()));
  return *std::move(plan);
}

class KernelRun {
 public:
  KernelRun(const BenchCase& bench_case, int threads)
      : items_(bench_case.ItemCount()),
        tensors_(bench_case),
        plan_(MakePlanOrThrow(tensors_.problem())),
        loss_(plan_.loss_bytes()),
        gradient_(plan_.gradient_bytes()),
        from_(tensors_.ByteCount() + loss_.size() + gradient_.size()),
        to_(from_.size()),
        threads_(threads) {
    if (threads > 0) pool_.emplace(threads);
  }

  json Measure(double seconds) {
    const double kernel = MedianSeconds(seconds, [this] { Compute(); });
    const double copy = MedianSeconds(seconds, [this] { Copy(to_.size()); });
    const double traffic = MedianSeconds(seconds, [this] { Copy(to_.size() / 2); });
    return {{"items", items_},
            {"bytes", from_.size()},
            {"seconds", kernel},
            {"copy_seconds", copy},              // of as many bytes as are read and written
            {"traffic_copy_seconds", traffic}};  // that reads and writes as many bytes together
  }

 private:
  void Compute() {
    std::vector<Violation> violations;
    const Outputs outputs = {loss_.data(), plan_.has_gradient() ? gradient_.data() : nullptr};
    const ExecuteOptions options = {.threads = pool_ ? &*pool_ : nullptr};
    const auto summary = Execute(plan_, outputs, options, violations);
    if (!summary.ok()) throw std::runtime_error(std::string(summary.status().message()));
  }

  void Copy(size_t size) {
    if (!pool_) {
      std::memcpy(to_.data(), from_.data(), size);
      return;
    }
    // Several for each thread, should one be late.
    const size_t parts = static_cast<size_t>(threads_) * 4;
    pool_->ParallelFor(parts, [&](size_t part) {
      const size_t begin = size * part / parts;
      const size_t end = size * (part + 1) / parts;
      std::memcpy(to_.data() + begin, from_.data() + begin, end - begin);
    });
  }

  int64_t items_;
  CaseTensors tensors_;
  Plan plan_;
  AlignedBytes loss_;
  AlignedBytes gradient_;
  AlignedBytes from_;
  AlignedBytes to_;
  int threads_;
  std::optional<ThreadPool> pool_;
};

json List() {
  json list = json::array();
  for (const BenchCase& bench_case : AllCases()) list.push_back(ToJson(bench_case));
  return list;
}

// Keeps what was prepared for the case that was asked for last.
class KernelBench {
 public:
  json Answer(const json& question) {
    if (question.contains("list")) return List();
    if (question != prepared_) {
      run_.reset();  // before there is a second
      run_.emplace(ParseCase(question), question.value("threads", 0));
      prepared_ = question;
      run_->Measure(0);
    }
    return run_->Measure(question.at("seconds"));
  }

 private:
  json prepared_;
  std::optional<KernelRun> run_;
};

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::bench::KernelBench bench;
  return detloss::bench::AnswerLines(
      [&](const nlohmann::json& line) { return bench.Answer(line); });
}
