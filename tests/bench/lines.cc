// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/lines.h"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace detloss::bench {

int AnswerLines(const std::function<nlohmann::json(const nlohmann::json&)>& answer) {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(nlohmann::json::parse(line)) << std::endl;
    } catch (const std::exception& error) {
      std::cerr << error.what() << ", asked for " << line << "\n";
      return EXIT_FAILURE;
    }
  }
  return EXIT_SUCCESS;
}

}  // namespace detloss::bench
