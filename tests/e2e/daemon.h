// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_E2E_DAEMON_H_
#define DETLOSS_TESTS_E2E_DAEMON_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace detloss {

// A detlossd that serves, until the end of the scope.
class Daemon {
 public:
  // Waits until it serves. Listens on a free port unless `flags` say otherwise.
  explicit Daemon(std::vector<std::string> flags = {},
                  const std::vector<std::string>& environment = {});

  // Where it serves, with real ports.
  const std::vector<std::string>& addresses() const { return addresses_; }
  const std::string& address() const { return addresses_.front(); }

  // Its log lines of an event.
  std::vector<nlohmann::json> Lines(const std::string& event) const;

  // Waits until it logs an event, or until its last line of metrics counts `count` requests in
  // flight, which needs a short --metrics_log_interval. Fails after a minute.
  void WaitForLine(const std::string& event) const;
  void WaitUntilInFlight(int count) const;

  // Sends the signal and waits for the end. Returns the exit status.
  int Stop(int signal);

  Process& process() { return process_; }

 private:
  Process process_;
  std::vector<std::string> addresses_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_E2E_DAEMON_H_
