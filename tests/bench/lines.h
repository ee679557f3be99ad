// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How the programs of the benchmark are driven: each takes a line of JSON that says what to
// measure, measures one round, and answers with a line. Whoever asks several programs in turn
// compares them under the same conditions.

#ifndef DETLOSS_TESTS_BENCH_LINES_H_
#define DETLOSS_TESTS_BENCH_LINES_H_

#include <functional>
#include <nlohmann/json.hpp>

namespace detloss::bench {

// Answers until the input ends. Returns the exit status: a question that has no answer ends it.
int AnswerLines(const std::function<nlohmann::json(const nlohmann::json&)>& answer);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_LINES_H_
