// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The result of a term, for `detloss compute` to print.

#ifndef DETLOSS_CLI_RESULT_H_
#define DETLOSS_CLI_RESULT_H_

#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/status/statusor.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss::cli {

// `term` with its tensors as nested arrays, and "segments": [{"loss", "loss_sum", "denominator"},
// ..] when it has any. Numbers that are not finite become null. INTERNAL when a tensor is
// malformed.
absl::StatusOr<nlohmann::ordered_json> ToJson(const v1::TermResult& term, bool with_gradient);

// Prints what `ToJson` returned: a line for each number, and for each array, cut short where it is
// long; and a table of the segments.
void PrintResult(const nlohmann::ordered_json& result, std::ostream& out);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_RESULT_H_
