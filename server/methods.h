// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_METHODS_H_
#define DETLOSS_SERVER_METHODS_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/admission.h"
#include "server/call.h"
#include "server/compute.h"

namespace detloss {

// A method that the server has. One of `run`, `is_stream` and `begin` says how it goes on.
struct Method {
  absl::string_view path;     // as it travels: "/detloss.v1.LossService/ComputeLoss"
  absl::string_view name;     // "ComputeLoss"
  UnaryMethod run = nullptr;  // of the API
  bool is_stream = false;     // StreamComputeLoss
  void (*begin)(std::shared_ptr<Call>, Admission::Ticket) = nullptr;  // of a standard service
  bool is_watch = false;  // `begin` begins a call that stays open
  bool is_health = false;

  // In metrics and log, in which the standard services leave no trace.
  absl::string_view label() const { return begin == nullptr ? name : ""; }
};

// Every method: what is not here does not exist.
absl::Span<const Method> AllMethods();

// The method of a path; null if there is none.
const Method* FindMethod(absl::string_view path);

}  // namespace detloss

#endif  // DETLOSS_SERVER_METHODS_H_
