// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/daemon.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "absl/functional/function_ref.h"

namespace detloss {
namespace {

std::vector<std::string> Command(std::vector<std::string> flags) {
  std::vector<std::string> command = {Binary("detlossd"), "--listen=127.0.0.1:0"};
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

bool WaitFor(absl::FunctionRef<bool()> holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace

Daemon::Daemon(std::vector<std::string> flags, const std::vector<std::string>& environment)
    : process_(Command(std::move(flags)), environment) {
  WaitForLine("serving");
  addresses_ = {"127.0.0.1:1"};
  for (const nlohmann::json& line : Lines("serving")) addresses_ = line["addresses"];
}

std::vector<nlohmann::json> Daemon::Lines(const std::string& event) const {
  std::istringstream output(process_.output());
  std::vector<nlohmann::json> lines;
  for (std::string text; std::getline(output, text);) {
    const nlohmann::json line = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (line.is_object() && line["event"] == event) lines.push_back(line);
  }
  return lines;
}

void Daemon::WaitForLine(const std::string& event) const {
  if (WaitFor([&] { return !Lines(event).empty(); })) return;
  ADD_FAILURE() << "detlossd does not say " << event << ": " << process_.errors();
}

void Daemon::WaitUntilInFlight(int count) const {
  if (WaitFor([&] {
        const std::vector<nlohmann::json> lines = Lines("metrics");
        return !lines.empty() && lines.back()["detloss_requests_in_flight"] == count;
      })) {
    return;
  }
  ADD_FAILURE() << "detlossd never had " << count << " requests in flight";
}

int Daemon::Stop(int signal) {
  process_.Signal(signal);
  return process_.Wait();
}

}  // namespace detloss
