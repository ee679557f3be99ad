// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the command prints for a person.

#ifndef DETLOSS_CLI_PRINT_H_
#define DETLOSS_CLI_PRINT_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace detloss::cli {

// Prints the code, the reason, the message and every wrong field that the message does not name.
void PrintError(const absl::Status& status, std::ostream& out);

// Rows of cells.
using Table = std::vector<std::vector<std::string>>;

// Prints columns as wide as their widest cell, those of `right` from the end aligned to the right.
// Control characters are printed as question marks.
void PrintTable(const Table& rows, size_t right, std::ostream& out);

// The shortest text of at most 10 significant digits.
std::string FormatNumber(double value);

// The size in the unit that suits it: 7 B, 1.5 kB, 448 MB.
std::string FormatBytes(uint64_t bytes);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_PRINT_H_
