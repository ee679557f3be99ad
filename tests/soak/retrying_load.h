// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Load by programs that use the C++ client as it is meant to be used, and that look at every
// answer.

#ifndef DETLOSS_TESTS_SOAK_RETRYING_LOAD_H_
#define DETLOSS_TESTS_SOAK_RETRYING_LOAD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/client_case.h"

namespace detloss::bench {

struct RetryingReport {
  std::vector<double> latencies = {};  // of answered calls, with their retries, in seconds
  int64_t wrong = 0;                   // answers that differ from the first one
  std::map<std::string, int64_t> failures = {};  // calls that failed, by their status
};

// Calls from several threads, each call once the one before it has ended, until Stop().
class RetryingLoad {
 public:
  using MakeClient = std::function<client::LossClient()>;

  // Every thread makes a client, and with `reconnect` one for each call. The first answer to each
  // of `cases` is what all others must be, bit for bit. Throws if there is none.
  RetryingLoad(const std::vector<nlohmann::json>& cases, int threads, bool reconnect,
               MakeClient make_client);

  // Returns what became of the calls.
  RetryingReport Stop();

 private:
  struct Case {
    ClientCase what;
    std::string answer = {};
  };

  void Run(size_t first_case);
  void Call(const Case& the_case, const client::LossClient& client);

  std::vector<Case> cases_;
  bool reconnect_;
  MakeClient make_client_;
  std::atomic<bool> enough_ = false;
  std::mutex mutex_;
  RetryingReport report_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_SOAK_RETRYING_LOAD_H_
