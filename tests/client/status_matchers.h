// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What tests expect of statuses.

#ifndef DETLOSS_TESTS_CLIENT_STATUS_MATCHERS_H_
#define DETLOSS_TESTS_CLIENT_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace detloss {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return arg.ok();
}

MATCHER_P2(StatusIs, code, message, "") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         testing::ExplainMatchResult(message, std::string(StatusOf(arg).message()),
                                     result_listener);
}

// `value` of a `StatusOr`; fails the test and returns from it when there is none.
#define DETLOSS_ASSERT_OK_AND_ASSIGN(declaration, expression) \
  auto declaration##_or = (expression);                       \
  ASSERT_THAT(declaration##_or, ::detloss::IsOk());           \
  auto& declaration = *declaration##_or  // NOLINT(bugprone-macro-parentheses): declares a name

}  // namespace detloss

#endif  // DETLOSS_TESTS_CLIENT_STATUS_MATCHERS_H_
