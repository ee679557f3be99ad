// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Does to a server what clients do. Asked for {"address", "seconds"}, where "threads", "bytes_max"
// and "seed" may follow, answers with what was done and how it ended.

#include <mutex>
#include <thread>

#include "common/allocator.h"
#include "tests/bench/lines.h"
#include "tests/bench/timing.h"
#include "tests/soak/mixed_calls.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

void Add(const Outcomes& from, Outcomes& to) {
  for (const auto& [kind, codes] : from) {
    for (const auto& [code, count] : codes) to[kind][code] += count;
  }
}

json Answer(const json& question) {
  const std::vector<v1::ComputeLossRequest> requests =
      RequestsOfAllSizes(question.value("bytes_max", size_t{32} << 20));
  const std::string address = question.at("address");
  const double seconds = question.at("seconds");
  const uint32_t seed = question.value("seed", 1U);
  std::mutex mutex;
  Outcomes outcomes;
  {
    const Clock::time_point begin = Clock::now();
    std::vector<std::jthread> threads;
    for (uint32_t t = 0; t < question.value("threads", 4U); ++t) {
      threads.emplace_back([&, t] {
        MixedCalls calls(address, requests, seed * 1000 + t);
        while (SecondsSince(begin) < seconds) calls.DoSomething();
        const std::lock_guard lock(mutex);
        Add(calls.outcomes(), outcomes);
      });
    }
  }
  return outcomes;
}

}  // namespace
}  // namespace detloss::bench

int main() {
  detloss::TuneAllocator();
  return detloss::bench::AnswerLines(detloss::bench::Answer);
}
