// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/daemon.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

namespace detloss {
namespace {

std::vector<std::string> Command(std::vector<std::string> flags) {
  std::vector<std::string> command = {Binary("detlossd"), "--listen=127.0.0.1:0"};
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

}  // namespace

Daemon::Daemon(std::vector<std::string> flags, const std::vector<std::string>& environment)
    : process_(Command(std::move(flags)), environment) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (addresses_.empty()) {
    for (const nlohmann::json& line : Lines("serving")) addresses_ = line["addresses"];
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (std::chrono::steady_clock::now() < deadline) continue;
    ADD_FAILURE() << "detlossd does not serve: " << process_.errors();
    addresses_ = {"127.0.0.1:1"};
  }
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

int Daemon::Stop(int signal) {
  process_.Signal(signal);
  return process_.Wait();
}

}  // namespace detloss
