// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/retrying_load.h"

#include <stdexcept>
#include <utility>

#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

// All of an answer but the time that it took.
std::string BytesOf(const client::LossResult& result) {
  v1::ComputeLossResponse response;
  response.set_total_loss(result.loss);
  *response.add_results() = result.term;
  return response.SerializeAsString();
}

}  // namespace

RetryingLoad::RetryingLoad(const std::vector<nlohmann::json>& cases, int threads, bool reconnect,
                           MakeClient make_client)
    : reconnect_(reconnect), make_client_(std::move(make_client)) {
  const client::LossClient client = make_client_();
  for (const nlohmann::json& question : cases) {
    Case& added = cases_.emplace_back(Case{ClientCase(question)});
    const absl::StatusOr<client::LossResult> result = added.what.Compute(client);
    if (!result.ok()) throw std::runtime_error(result.status().ToString());
    added.answer = BytesOf(*result);
  }
  for (int t = 0; t < threads; ++t) {
    threads_.emplace_back([this, t] { Run(static_cast<size_t>(t)); });
  }
}

RetryingReport RetryingLoad::Stop() {
  enough_ = true;
  threads_.clear();
  return std::move(report_);
}

void RetryingLoad::Run(size_t first_case) {
  client::LossClient client = make_client_();
  for (size_t c = first_case; !enough_; ++c) {
    if (reconnect_) client = make_client_();
    Call(cases_[c % cases_.size()], client);
  }
}

void RetryingLoad::Call(const Case& the_case, const client::LossClient& client) {
  const Clock::time_point begin = Clock::now();
  const absl::StatusOr<client::LossResult> result = the_case.what.Compute(client);
  const double seconds = SecondsSince(begin);
  const bool wrong = result.ok() && BytesOf(*result) != the_case.answer;
  const std::lock_guard lock(mutex_);
  if (!result.ok()) {
    ++report_.failures[result.status().ToString(absl::StatusToStringMode::kWithNoExtraData)];
    return;
  }
  report_.latencies.push_back(seconds);
  report_.wrong += wrong;
}

}  // namespace detloss::bench
