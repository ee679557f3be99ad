// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A case as a program computes it remotely, through the C++ client.

#ifndef DETLOSS_TESTS_BENCH_CLIENT_CASE_H_
#define DETLOSS_TESTS_BENCH_CLIENT_CASE_H_

#include <memory>

#include "detloss/client/loss_client.h"
#include "tests/bench/request.h"

namespace detloss::bench {

// Thread-safe.
class ClientCase {
 public:
  // Throws if `question` asks for no case: see ParseCase.
  explicit ClientCase(const nlohmann::json& question);

  absl::StatusOr<client::LossResult> Compute(const client::LossClient& client) const;

  int64_t item_count() const { return case_.ItemCount(); }

 private:
  BenchCase case_;
  std::shared_ptr<const CaseTensors> tensors_;
};

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_CLIENT_CASE_H_
