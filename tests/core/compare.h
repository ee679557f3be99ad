// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes a problem with the core and with the reference and compares everything that comes out.

#ifndef DETLOSS_TESTS_CORE_COMPARE_H_
#define DETLOSS_TESTS_CORE_COMPARE_H_

#include <optional>

#include "detloss/loss.h"
#include "tests/reference/reference.h"

namespace detloss {

// Whether `got`, computed for predictions of `type` and stored as `stored`, is the number wanted.
bool Near(double got, const reference::Quantity& want, DataType type, DataType stored);

// Expects that the core's result is the reference's, within tolerance.h, and returns it.
std::optional<LossResult> ExpectMatchesReference(const Problem& problem,
                                                 const ExecuteOptions& options = {});

// The same against a reference that was computed before: for many runs of one problem.
std::optional<LossResult> ExpectMatches(const Problem& problem, const reference::Expected& want,
                                        const ExecuteOptions& options = {});

// Expects that the statistics are the reference's. REQUIRES: problem.statistics.
void ExpectStatisticsMatch(const Problem& problem);

}  // namespace detloss

#endif  // DETLOSS_TESTS_CORE_COMPARE_H_
